import { z } from "zod";
import { nameSchema } from "../model/ids.ts";
import { associationSchema } from "../reports/failure-schema.ts";

const shownBySchema = z.object({ run: z.string(), run_key: z.string(), commit: z.string().optional(), at_ms: z.int() });

/** `GET /api/v1/failures`: ways in which tests of a project fail, last seen first. */
export const failureListSchema = z.object({
  project: nameSchema,
  /** How many of the project's last runs are looked at. */
  of_runs: z.int().nonnegative(),
  failures: z.array(
    z.object({
      fingerprint: z.string(),
      kind: z.string(),
      /** The first line of the message, as it was last. */
      title: z.string(),
      frame: z.string().optional(),
      /** The first run that showed it, which may be forgotten by now, and the last. */
      first: shownBySchema,
      last: shownBySchema,
      /** In how many of these runs it was seen, and how many tests failed so in them. */
      runs: z.int().nonnegative(),
      cases: z.int().nonnegative(),
      /** What it goes with over these runs. */
      association: associationSchema.optional(),
      sentence: z.string().optional(),
    }),
  ),
});
export type FailureList = z.infer<typeof failureListSchema>;

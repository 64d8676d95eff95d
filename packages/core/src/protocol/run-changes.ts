import { z } from "zod";
import { runSummarySchema } from "./runs.ts";

/** One event of `GET /api/v1/run-changes`. Its position, which is its id as well, is what the run is known up to. */
export const runChangeSchema = z.discriminatedUnion("type", [
  /** A run is new, or is no longer as it was: as a list has it now. */
  z.object({ type: z.literal("run"), run: runSummarySchema, position: z.int().nonnegative() }),
  /** More has changed than is told one by one, or a run is gone: ask for the list anew. */
  z.object({ type: z.literal("list") }),
]);
export type RunChange = z.infer<typeof runChangeSchema>;

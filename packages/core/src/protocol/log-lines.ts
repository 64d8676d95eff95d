import { z } from "zod";

/** Characters of a line that an answer has, around what was looked for. */
export const lineShownLimit = 500;
/** Lines that one answer has at most. */
export const linesPageLimit = 200;

/** `GET /api/v1/blobs/{sha256}/lines`: the lines of a log that have a text in them, or one by its number. */
export const logLinesQuerySchema = z.object({
  /** As it stands there, letter by letter; without it every line is meant. */
  text: z.string().min(1).max(256).optional(),
  /** The first line that is looked at, from 1: what `next` was in the answer before, or where to go. */
  line: z.coerce.number().int().min(1).default(1),
  limit: z.coerce.number().int().min(1).max(linesPageLimit).default(50),
});
export type LogLinesQuery = z.output<typeof logLinesQuerySchema>;

export const logLinesSchema = z.object({
  lines: z.array(
    z.object({
      line: z.int().positive(),
      /** Where it begins, in bytes. */
      at: z.int().nonnegative(),
      /** At most 500 characters of it. */
      text: z.string(),
    }),
  ),
  /** What `line` has to be for the rest; absent where there is none. */
  next: z.int().positive().optional(),
});
export type LogLines = z.infer<typeof logLinesSchema>;

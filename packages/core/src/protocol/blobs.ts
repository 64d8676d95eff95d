import { z } from "zod";
import { sha256Schema } from "../model/ids.ts";
import { chunkCountLimit } from "../model/workspace.ts";

/** Which of these would have to be uploaded? Those that are there are kept for a day from now on, whether or not a run names them. */
export const missingBlobsRequestSchema = z.strictObject({ sha256: z.array(sha256Schema).min(1).max(chunkCountLimit) });
export type MissingBlobsRequest = z.infer<typeof missingBlobsRequestSchema>;

export const missingBlobsResponseSchema = z.object({ missing: z.array(sha256Schema) });
export type MissingBlobsResponse = z.infer<typeof missingBlobsResponseSchema>;

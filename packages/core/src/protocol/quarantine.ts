import { z } from "zod";
import { nameSchema } from "../model/ids.ts";
import { quarantinedTestSchema, quarantineWordsSchema } from "../model/quarantine.ts";

export const quarantineRequestSchema = quarantineWordsSchema.extend({ project: nameSchema.default("default") });
export type QuarantineRequest = z.input<typeof quarantineRequestSchema>;

export const quarantineRemovalSchema = z.strictObject({
  project: nameSchema.default("default"),
  test: quarantinedTestSchema,
});
export type QuarantineRemoval = z.input<typeof quarantineRemovalSchema>;

/** `GET /api/v1/quarantine`: what was put into quarantine by hand. */
export const quarantineListSchema = z.object({
  project: nameSchema,
  entries: z.array(quarantineWordsSchema.extend({ since_ms: z.int(), expired: z.boolean() })),
});
export type QuarantineList = z.infer<typeof quarantineListSchema>;

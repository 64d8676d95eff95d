import { z } from "zod";
import { nameSchema, tokenIdSchema } from "../model/ids.ts";
import { scopeSchema } from "../model/token.ts";

export const createTokenRequestSchema = z.strictObject({
  name: z.string().min(1).max(128),
  scope: scopeSchema,
  /** Lifetime in days; for ever when absent. */
  days: z.int().positive().max(3650).optional(),
  /** The only project that it may touch; all when absent. */
  project: nameSchema.optional(),
});
export type CreateTokenRequest = z.infer<typeof createTokenRequestSchema>;

export const tokenInfoSchema = z.object({
  id: tokenIdSchema,
  name: z.string(),
  scope: scopeSchema,
  created_at_ms: z.int(),
  expires_at_ms: z.int().optional(),
  revoked: z.boolean(),
  project: nameSchema.optional(),
  /** It was given for an identity token of a CI job. */
  exchanged: z.boolean().optional(),
});
export type TokenInfo = z.infer<typeof tokenInfoSchema>;

/** The secret itself is in this answer alone. */
export const createTokenResponseSchema = tokenInfoSchema.extend({ secret: z.string() });
export type CreateTokenResponse = z.infer<typeof createTokenResponseSchema>;

export const tokenListSchema = z.object({ tokens: z.array(tokenInfoSchema) });

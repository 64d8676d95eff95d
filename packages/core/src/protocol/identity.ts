import { z } from "zod";
import { nameSchema } from "../model/ids.ts";
import { createTokenResponseSchema } from "./tokens.ts";

/** Characters that an identity token may have: those of GitHub and GitLab have 1,500 to 3,000. */
const identityTokenLimit = 16_384;
/** The longest that a token may be asked for, and given: as long as a job on GitHub's self-hosted runners. */
export const longestExchange_s = 5 * 86_400;

export const exchangeIdentityRequestSchema = z.strictObject({
  /** What the CI system signed for the job: a JWT. */
  token: z.string().min(1).max(identityTokenLimit),
  /** What the job wants to work on; `default` when absent. */
  project: nameSchema.default("default"),
  /** How long it needs the token; as long as the rule allows when absent. */
  lifetime_s: z.int().min(60).max(longestExchange_s).optional(),
});
export type ExchangeIdentityRequest = z.input<typeof exchangeIdentityRequestSchema>;

/** A token as any other, that ends at a time. Its secret is in this answer alone. */
export const exchangeIdentityResponseSchema = createTokenResponseSchema.extend({
  expires_at_ms: z.int(),
  /** The same as a duration, for those whose clock differs. */
  expires_in_s: z.int(),
});
export type ExchangeIdentityResponse = z.infer<typeof exchangeIdentityResponseSchema>;

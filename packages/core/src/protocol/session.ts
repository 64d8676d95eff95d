import { z } from "zod";
import { nameSchema } from "../model/ids.ts";
import { scopeSchema } from "../model/token.ts";

/** `POST /api/v1/session`: a token is exchanged for a cookie that only the dashboard's own page can use. */
export const signInRequestSchema = z.strictObject({ token: z.string().min(1).max(512) });

/** Who is signed in to the dashboard. */
export const sessionSchema = z.object({
  /** Of the token that was exchanged. */
  name: z.string(),
  scope: scopeSchema,
  project: nameSchema.optional(),
  /** Until the session ends; absent for a token that is sent with each request and never expires. */
  expires_in_ms: z.int().nonnegative().optional(),
});
export type Session = z.infer<typeof sessionSchema>;

/** `GET /api/v1/session`: without a session for who is not signed in, which is no error where it is asked to find out. */
export const sessionAnswerSchema = z.object({
  session: sessionSchema.optional(),
  /** Where one may sign in without a token, as people call it; absent where that is not set up. */
  provider: z.string().optional(),
});
export type SessionAnswer = z.infer<typeof sessionAnswerSchema>;

/** `DELETE /api/v1/session`: where the browser has to go to sign out at the identity provider as well, if it has to. */
export const signOutAnswerSchema = z.object({ url: z.string().optional() });
export type SignOutAnswer = z.infer<typeof signOutAnswerSchema>;

/** `POST /api/v1/session/begin`: somebody wants to sign in by way of the identity provider. */
export const beginSignInRequestSchema = z.strictObject({
  /** Of the dashboard, as the browser has it: `https://ci.example/shardwright/`. */
  address: z.string().min(1).max(512),
  /** What to come back to, below that address: `runs/r-1?part=tasks`. */
  return_to: z.string().max(1500).default(""),
});

/** Where the browser has to go for that. */
export const beginSignInAnswerSchema = z.object({ url: z.string() });
export type BeginSignInAnswer = z.infer<typeof beginSignInAnswerSchema>;

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

/** `GET /api/v1/session`: empty for who is not signed in, which is no error where it is asked to find out. */
export const sessionAnswerSchema = z.object({ session: sessionSchema.optional() });
export type SessionAnswer = z.infer<typeof sessionAnswerSchema>;

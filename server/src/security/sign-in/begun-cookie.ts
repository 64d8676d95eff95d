import { z } from "zod";

/** How long somebody may take at the provider. */
export const signInLimit_ms = 10 * 60_000;

export const begunSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Of the dashboard, with a slash at its end. */
  address: z.string(),
  /** Where to go afterwards: an address below that one. */
  to: z.string(),
});

/** A sign-in that was begun: what has to be known when the browser comes back from the provider. */
export type Begun = z.infer<typeof begunSchema>;

/** Somebody who signed in by way of the provider: what it has to be told when they sign out. */
export const keptSchema = z.object({
  /** Of the dashboard, with a slash at its end. */
  address: z.string(),
  /** By which the provider knows whose session with it is to end; absent where it is too long to be kept. */
  id_token: z.string().optional(),
});
export type Kept = z.infer<typeof keptSchema>;

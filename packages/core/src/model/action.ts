import { z } from "zod";
import { nameSchema, tokenIdSchema } from "./ids.ts";
import { scopeSchema } from "./token.ts";

/** What people do to a coordinator that outlasts the request: each is kept in its audit log. */
export const actionNames = [
  "token.create",
  "token.revoke",
  "configuration.set",
  "configuration.unset",
  "tuning.change",
  "quarantine.add",
  "quarantine.remove",
  "run.cancel",
  "run.reopen",
  "worker.drain",
  "worker.quarantine",
  "worker.release",
  "cluster.add",
  "cluster.remove",
  "cluster.promote",
  "cluster.transfer",
  "trends.rename",
  "alert.judge",
  "session.sign-in",
  "session.sign-out",
] as const;

/** An action's id: `a-` and 16 letters or digits, made by the coordinator. */
export const actionIdSchema = z.string().regex(/^a-[0-9a-z]{16}$/, "an action's id looks like a-0123456789abcdef");

/** Actions whose names begin so are of coming and going: far more of them are done than of all others, so fewer are kept. */
export const sessionActions = "session.";

/** Who did something: by which token, never the token itself. */
export const actorSchema = z.strictObject({
  /** The token's name; that of the token which a coordinator was started with is `admin`, and of a user of GitHub, `github:` and the login. */
  name: z.string().max(128),
  /** Absent for who was not let in, and for who acts by way of a CI system. */
  scope: scopeSchema.optional(),
  /** Absent for the token that a coordinator was started with. */
  token: tokenIdSchema.optional(),
  /** The only project that it may touch. */
  project: nameSchema.optional(),
});
export type Actor = z.infer<typeof actorSchema>;

/** What was done, by whom and to what. The name may be one of a later version: it is kept as it is. */
export const actionSchema = z.strictObject({
  name: z.string().min(1).max(64),
  actor: actorSchema,
  /** The method and the path of its route, as the table of routes has it. */
  route: z.string().max(256),
  /** What it was done to, in words: a run's id, a worker's, a test, a setting and its value. No secret is ever among them. */
  object: z.string().max(1024),
  project: nameSchema.optional(),
});
export type Action = z.infer<typeof actionSchema>;

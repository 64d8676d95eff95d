import { z } from "zod";
import { nameSchema } from "../model/ids.ts";
import { scopeSchema } from "../model/token.ts";

/** What a project may use at the same time, and what it uses. */
const quotaUseSchema = z.object({
  /** `*` for each of those that are not named. */
  project: z.union([z.literal("*"), nameSchema]),
  /** The most slots; absent for a project that has no limit. */
  slots: z.int().positive().optional(),
  /** Slots that it uses now; absent for `*`. */
  in_use: z.int().nonnegative().optional(),
});
export type QuotaUse = z.infer<typeof quotaUseSchema>;

/** A plugin of the leader. */
const pluginInfoSchema = z.object({
  name: z.string(),
  version: z.string(),
  /** It comes with Shardwright. */
  built_in: z.boolean(),
  /** What it brings. */
  parts: z.array(z.object({ kind: z.string(), name: z.string() })),
  hooks: z.array(z.string()),
  /** Why nothing of it is used. */
  problem: z.string().optional(),
});
export type PluginInfo = z.infer<typeof pluginInfoSchema>;

/** How people sign in to the dashboard without a token: nothing of it is secret. */
const signInInfoSchema = z.object({
  name: z.string(),
  issuer: z.string(),
  client_id: z.string(),
  /** Whether there is a client secret; which one is told nobody. */
  has_secret: z.boolean(),
  /** What the provider has to know as redirect URIs. */
  redirect_uris: z.array(z.string()),
  scopes: z.array(z.string()),
  allowed_domains: z.array(z.string()).optional(),
  session_hours: z.number(),
  /** The first that fits decides. */
  rules: z.array(
    z.object({
      claims: z.record(z.string(), z.array(z.string())),
      scope: scopeSchema,
      project: z.string(),
    }),
  ),
});
export type SignInInfo = z.infer<typeof signInInfoSchema>;

/** `GET /api/v1/installation`: what the leader was started with that is not among the settings, without its secrets; and quotas with their use. */
export const installationSchema = z.object({
  quotas: z.array(quotaUseSchema),
  /** Whom it tells of alerts. */
  notifications: z.array(z.object({ target: z.string() })),
  plugins: z.array(pluginInfoSchema),
  /** Absent where people sign in with tokens alone. */
  sign_in: signInInfoSchema.optional(),
});
export type Installation = z.infer<typeof installationSchema>;

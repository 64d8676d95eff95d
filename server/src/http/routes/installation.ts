import { type PluginInfo, type QuotaUse, type SignInInfo, readQuotas, installationSchema } from "@shardwright/core";
import type { LoadedPlugin } from "@shardwright/plugin";
import type { CoordinatorParts } from "../../parts.ts";
import { redirectUris } from "../../security/sign-in/registration.ts";
import { defineRoute } from "../define-route.ts";

export const installationRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/installation",
    summary:
      "What the leader was started with, without its secrets: whom it tells of alerts, plugins, signing in; and quotas in use.",
    scopes: ["admin"],
    answer: installationSchema,
    handle: (_call, parts) => ({
      quotas: quotasOf(parts),
      notifications: parts.installation.alertTargets.map((target) => ({ target })),
      plugins: parts.installation.plugins.all.map(pluginInfo),
      ...(parts.signIn !== undefined && { sign_in: signInInfo(parts.signIn) }),
    }),
  }),
];

/** Those that have a quota, in its order, then those that use something and have none. */
function quotasOf({ configuration, scheduler }: CoordinatorParts): QuotaUse[] {
  const quotas = readQuotas(configuration.get("quota"));
  const used = scheduler.slotsInUse();
  const named = [...quotas].map(([project, slots]) => ({
    project,
    slots,
    ...(project !== "*" && { in_use: used.get(project) ?? 0 }),
  }));
  const rest = quotas.get("*");
  const others = [...used]
    .filter(([project]) => !quotas.has(project))
    .map(([project, in_use]) => ({ project, ...(rest !== undefined && { slots: rest }), in_use }));
  return [...named, ...others];
}

function pluginInfo({ name, version, isBuiltIn, parts, hooks, problem }: LoadedPlugin): PluginInfo {
  return {
    name,
    version,
    built_in: isBuiltIn,
    parts: parts.map((part) => ({ kind: part.kind, name: part.name })),
    hooks: [...hooks],
    ...(problem !== undefined && { problem }),
  };
}

function signInInfo({ options }: NonNullable<CoordinatorParts["signIn"]>): SignInInfo {
  const { name, issuer, client_id, clientSecret, scopes, allowed_domains, session_hours, rules } = options;
  return {
    name,
    issuer,
    client_id,
    has_secret: clientSecret !== undefined,
    redirect_uris: redirectUris(options),
    scopes,
    ...(allowed_domains !== undefined && { allowed_domains }),
    session_hours,
    rules,
  };
}

import type { IssuerKind } from "./rules.ts";

/**
 * Claims that say whose a token is, and how much of a pattern for them has to stand letter by letter. Anybody may have a repository at
 * github.com or gitlab.com: a rule without one of these would let in all of them. `job_workflow_ref` is none of these: a public workflow can be
 * called from every repository, and then runs what its caller checks out.
 */
const bindings: Readonly<Record<IssuerKind, Readonly<Record<string, RegExp>>>> = {
  github: {
    repository: /^[^*/]+\//,
    repository_id: /^\d+$/,
    repository_owner: /^[^*]+$/,
    repository_owner_id: /^\d+$/,
    enterprise: /^[^*]+$/,
    enterprise_id: /^\d+$/,
    sub: /^(?:repo|repository|repository_owner|repository_owner_id|repository_id|enterprise|enterprise_id):[^*/:]+[/:]/,
  },
  gitlab: {
    project_path: /^[^*/]+\//,
    project_id: /^\d+$/,
    namespace_path: /^[^*/]+(?:\/|$)/,
    namespace_id: /^\d+$/,
    sub: /^project_path:[^*/]+\//,
  },
  generic: { sub: /[^*]/ },
};

/** Why a rule would let in more than its writer can have meant; undefined where it does not. */
export function bindingProblem(kind: IssuerKind, claims: Readonly<Record<string, readonly string[]>>): string | undefined {
  const known = bindings[kind];
  const isBound = Object.entries(known).some(([claim, form]) => claims[claim]?.every((pattern) => form.test(pattern)));
  // Only its operator knows what the claims of another issuer mean.
  const isOwn =
    kind === "generic" && Object.values(claims).some((patterns) => patterns.every((pattern) => /[^*/]/.test(pattern)));
  if (isBound || isOwn) return undefined;
  return `say whose tokens are meant by one of ${Object.keys(known).join(", ")}${kind === "generic" ? ", or another claim" : ""}, its owner without a wildcard: anybody can get a token of this issuer`;
}

/** The claims of an issuer that say whose a token is. */
export function bindingClaims(kind: IssuerKind): readonly string[] {
  return Object.keys(bindings[kind]);
}

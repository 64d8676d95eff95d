import type { IdentityRule, IssuerKind } from "./rules.ts";
import { bindingClaims } from "./binding.ts";
import { matchesPattern } from "./patterns.ts";

/** Characters of a claim that are compared: none that is longer means anything here. */
const claimLimit = 1024;

export type RuleChoice = { readonly rule: IdentityRule } | { readonly reason: string };

/**
 * The first rule that fits. What is told of one that does not names claims but none of their values, and only to those whom it is about: a
 * stranger learns nothing.
 */
export function chooseRule(
  rules: readonly IdentityRule[],
  { issuer, kind }: { readonly issuer: string; readonly kind: IssuerKind },
  claims: Readonly<Record<string, unknown>>,
  project: string,
): RuleChoice {
  const ofIssuer = rules.filter((rule) => rule.issuer === issuer);
  const fitting = ofIssuer.filter((rule) => differing(rule, claims).length === 0);
  const rule = fitting.find((each) => each.project === "*" || each.project === project);
  if (rule !== undefined) return { rule };
  if (fitting.length > 0)
    return { reason: `it may have one for ${[...new Set(fitting.map((each) => each.project))].join(", ")}` };
  const [nearest] = ofIssuer
    .map((each) => differing(each, claims))
    .filter((differences) => !differences.some((claim) => bindingClaims(kind).includes(claim)))
    .sort((a, b) => a.length - b.length);
  if (nearest === undefined) return { reason: "no rule is about it" };
  return { reason: `the nearest rule wants another ${nearest.join(", ")}` };
}

function differing({ claims: wanted }: IdentityRule, claims: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(wanted)
    .filter(([claim, patterns]) => {
      const text = textOf(Object.hasOwn(claims, claim) ? claims[claim] : undefined);
      return text === undefined || !patterns.some((pattern) => matchesPattern(pattern, text));
    })
    .map(([claim]) => claim);
}

/** GitLab writes some claims as numbers, others as texts that look like truth values. */
function textOf(claim: unknown): string | undefined {
  if (typeof claim === "number" || typeof claim === "boolean") return String(claim);
  return typeof claim === "string" && claim.length <= claimLimit ? claim : undefined;
}

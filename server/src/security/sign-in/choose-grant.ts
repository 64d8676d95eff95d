import { type Scope, withoutControls } from "@shardwright/core";
import { matchesPattern } from "../identity/patterns.ts";
import type { SignInOptions, SignInRule } from "./options.ts";

export type Claims = Readonly<Record<string, unknown>>;

/** Who signed in, and what they may do. */
export interface Person {
  readonly name: string;
  /** As the provider knows them, for good. */
  readonly subject: string;
}

export interface SignInGrant {
  readonly scope: Scope;
  /** The only project that they see; all when absent. */
  readonly project?: string;
}

/** Characters of a claim that are compared, and entries of a list: more than any directory has of one person. */
const claimLimit = 1024;
const entriesLimit = 5000;
/** Characters of a name that are shown. */
const nameLimit = 80;

/** What the first fitting rule gives; undefined for who is outside of them. */
export function chooseGrant(options: SignInOptions, claims: Claims): SignInGrant | undefined {
  const email = verifiedEmail(options, claims);
  const domain = email?.slice(email.lastIndexOf("@") + 1);
  if (options.allowed_domains !== undefined && (domain === undefined || !options.allowed_domains.includes(domain)))
    return undefined;
  const rule = options.rules.find((each) => fits(each, claims, email));
  if (rule === undefined) return undefined;
  return { scope: rule.scope, ...(rule.project !== "*" && { project: rule.project }) };
}

/** Their verified address where no claim was chosen: names that people give themselves could be somebody else's. */
export function personOf(options: SignInOptions, claims: Claims): Person {
  const subject = String(claims["sub"]);
  const chosen = options.name_claim === undefined ? undefined : textsOf(claims, options.name_claim)[0];
  const name = withoutControls(chosen ?? verifiedEmail(options, claims) ?? subject).trim();
  return { name: (name === "" ? subject : name).slice(0, nameLimit).toWellFormed(), subject };
}

/** Claims that decide: what the provider tells of them only when it is asked once more has to be asked for. */
export function claimsWanted({ rules, allowed_domains, name_claim }: SignInOptions): ReadonlySet<string> {
  return new Set([
    ...rules.flatMap(({ claims }) => Object.keys(claims)),
    ...(allowed_domains !== undefined || name_claim === undefined ? ["email"] : []),
    ...(name_claim === undefined ? [] : [name_claim]),
  ]);
}

export function hasClaim(claims: Claims, name: string): boolean {
  return textsOf(claims, name).length > 0;
}

function fits({ claims: wanted }: SignInRule, claims: Claims, email: string | undefined): boolean {
  return Object.entries(wanted).every(([claim, patterns]) => {
    if (claim === "email") return email !== undefined && patterns.some((pattern) => matchesPattern(pattern.toLowerCase(), email));
    return textsOf(claims, claim).some((text) => patterns.some((pattern) => matchesPattern(pattern, text)));
  });
}

/** In lower case. An address that nobody has verified is one that anybody may write into a profile. */
function verifiedEmail({ emails_are_verified }: SignInOptions, claims: Claims): string | undefined {
  const { email, email_verified: isVerified } = claims;
  // Some providers write truth values as texts.
  const counts = isVerified === true || isVerified === "true" || (emails_are_verified && isVerified === undefined);
  return counts && typeof email === "string" && /^.{1,1000}@.{1,255}$/s.test(email) ? email.toLowerCase() : undefined;
}

/** What a claim says: one text, or a list of them. Its name may lead into others, as `realm_access.roles` of Keycloak does. */
function textsOf(claims: Claims, name: string): string[] {
  const found = Object.hasOwn(claims, name) ? claims[name] : name.split(".").reduce<unknown>(partOf, claims);
  return (Array.isArray(found) ? found.slice(0, entriesLimit) : [found])
    .filter((each) => ["string", "number", "boolean"].includes(typeof each))
    .map(String)
    .filter(({ length }) => length > 0 && length <= claimLimit);
}

function partOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

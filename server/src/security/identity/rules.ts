import { ShardwrightError, longestExchange_s, nameSchema, scopeSchema } from "@shardwright/core";
import { z } from "zod";
import { bindingProblem } from "./binding.ts";
import { wildcardLimit, wildcardsIn } from "./patterns.ts";

/** Signatures by a key pair alone: with a shared secret, or none, whoever knows the public key could make tokens. */
export const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"] as const;
export const issuerAddress = z
  .string()
  .max(512)
  .superRefine((text, context) => {
    const problem = addressProblem(text);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });

const issuerSchema = z.strictObject({
  /** As tokens name it in `iss`, letter by letter. */
  issuer: issuerAddress,
  /** What its claims are like; known by itself for github.com, GitHub Enterprise Server and gitlab.com. */
  kind: z.enum(["github", "gitlab", "generic"]).optional(),
  algorithms: z.array(z.enum(algorithms)).min(1).default(["RS256", "ES256"]),
  /** Where its keys are, if they are not where its discovery document says, or on another host. */
  jwks: issuerAddress.optional(),
  /** A token that was made longer ago is not taken, whatever it says itself. By kind when absent: GitHub 10, GitLab 1440, others 60. */
  max_age_minutes: z.number().positive().max(10_080).optional(),
});

const pattern = z
  .string()
  .min(1)
  .max(512)
  .refine((text) => wildcardsIn(text) <= wildcardLimit, `at most ${wildcardLimit} wildcards`);
export const patterns = z
  .union([pattern, z.array(pattern).min(1).max(64)])
  .transform((one) => (typeof one === "string" ? [one] : one));

const ruleSchema = z.strictObject({
  /** One of the issuers above. */
  issuer: issuerAddress,
  /** What a token says of itself; each named claim has to match one of its patterns. */
  claims: z.record(z.string().min(1).max(128), patterns),
  /** The only project that it may touch; `*` for all. */
  project: z.union([z.literal("*"), nameSchema]),
  scope: scopeSchema.exclude(["admin"], "give job, submit, worker or read: nobody becomes an administrator by a CI job"),
  /** The longest that a token given by this rule is valid. */
  lifetime_minutes: z
    .number()
    .min(1)
    .max(longestExchange_s / 60)
    .default(360),
});

const rulesSchema = z.strictObject({
  /** What a token must be made for, so that one made for something else is worth nothing here. */
  audience: z
    .union([z.string().min(1).max(512), z.array(z.string().min(1).max(512)).min(1).max(8)])
    .transform((one) => (typeof one === "string" ? [one] : one)),
  issuers: z.array(issuerSchema).min(1).max(32),
  rules: z.array(ruleSchema).min(1).max(512),
});

/** What claims of an issuer's tokens are like. */
export type IssuerKind = "github" | "gitlab" | "generic";
export type IdentityRule = z.output<typeof ruleSchema>;

export interface Issuer {
  readonly issuer: string;
  readonly kind: IssuerKind;
  readonly algorithms: readonly string[];
  readonly jwks: string | undefined;
  readonly maxAge_s: number;
}

/** Whose identity tokens are taken, and what is given for them. */
export interface IdentityRules {
  readonly audience: readonly string[];
  readonly issuers: ReadonlyMap<string, Issuer>;
  /** The first that fits is taken. */
  readonly rules: readonly IdentityRule[];
}

const maxAge_minutes: Record<IssuerKind, number> = { github: 10, gitlab: 1440, generic: 60 };

/**
 * Reads what trusts the identity tokens of CI systems.
 * @param content of a configuration file
 * @param name of it, for people
 * @throws ShardwrightError `config-invalid` that names every field that is wrong
 */
export function readIdentityRules(content: unknown, name: string): IdentityRules {
  const parsed = rulesSchema.safeParse(content);
  const problems = parsed.success
    ? relationProblems(parsed.data)
    : parsed.error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
  if (!parsed.success || problems.length > 0)
    throw new ShardwrightError("config-invalid", {
      problems: problems.map(({ field, message }) => `  ${field === "" ? name : `${name}: ${field}`}: ${message}`).join("\n"),
    });
  const { audience, issuers, rules } = parsed.data;
  const known = issuers.map(({ issuer, kind = kindOf(issuer), algorithms: allowed, jwks, max_age_minutes }): [string, Issuer] => [
    issuer,
    { issuer, kind, algorithms: allowed, jwks, maxAge_s: (max_age_minutes ?? maxAge_minutes[kind]) * 60 },
  ]);
  return { audience, issuers: new Map(known), rules };
}

/** What is wrong between issuers and rules, each of which is right by itself. */
function relationProblems({ issuers, rules }: z.output<typeof rulesSchema>): { field: string; message: string }[] {
  const kinds = new Map(issuers.map(({ issuer, kind }) => [issuer, kind ?? kindOf(issuer)]));
  const problems = rules.flatMap(({ issuer, claims }, index) => {
    const kind = kinds.get(issuer);
    if (kind === undefined) return [{ field: `rules.${index}.issuer`, message: "is none of the issuers above" }];
    const message = bindingProblem(kind, claims);
    return message === undefined ? [] : [{ field: `rules.${index}.claims`, message }];
  });
  if (kinds.size < issuers.length) problems.unshift({ field: "issuers", message: "an issuer is there more than once" });
  return problems;
}

/** By its address: github.com's, that of a GitHub Enterprise Server, gitlab.com's. A GitLab elsewhere has to be said to be one. */
function kindOf(issuer: string): IssuerKind {
  if (/^https:\/\/token\.actions\.githubusercontent\.com(?:\/|$)/.test(issuer)) return "github";
  if (/^https:\/\/[^/]+\/_services\/token$/.test(issuer)) return "github";
  return issuer === "https://gitlab.com" ? "gitlab" : "generic";
}

export function addressProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return "give an address such as https://token.actions.githubusercontent.com";
  const { protocol, hostname, search, hash, username } = new URL(text);
  if (search !== "" || hash !== "" || username !== "") return "an address without a user, ‘?’ and ‘#’";
  const isLoopback = hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
  if (protocol === "https:" || (protocol === "http:" && isLoopback)) return undefined;
  return "use https: whoever sits on the way could put other keys in place of the issuer's";
}

import { ShardwrightError, nameSchema, scopeSchema } from "@shardwright/core";
import { z } from "zod";
import { algorithms, issuerAddress, patterns } from "../identity/rules.ts";

/** Claims that say nothing of who somebody is: a rule of these alone would let in everybody. */
const aboutNobody: ReadonlySet<string> = new Set(["iss", "aud", "azp", "email_verified", "locale", "zoneinfo"]);
/** A client secret that is shorter is a mistake, such as a variable that was not filled in. */
const shortestSecret = 8;

const dashboardAddress = issuerAddress.transform((text) => new URL(text.endsWith("/") ? text : `${text}/`).href);

const ruleSchema = z.strictObject({
  /** What the provider says of somebody; each named claim has to match one of its patterns, of a list any entry. */
  claims: z.record(z.string().min(1).max(128), patterns).default({}),
  scope: scopeSchema.exclude(["worker", "job"], "give read, submit or admin: worker and job are for programs"),
  /** The only project that is seen; `*` for all. */
  project: z.union([z.literal("*"), nameSchema]).default("*"),
});

const signInSchema = z.strictObject({
  /** As its tokens name it in `iss`, letter by letter; its discovery document is below it. */
  issuer: issuerAddress,
  client_id: z.string().min(1).max(256),
  client_secret: z.never("give it as SHARDWRIGHT_SIGN_IN_SECRET: more people read files than environments").optional(),
  /** What people call it; on the button. The issuer's host when absent. */
  name: z.string().trim().min(1).max(64).optional(),
  /** Where browsers find the dashboard. */
  addresses: z.array(dashboardAddress).min(1).max(16),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, "a scope is a word"))
    .max(32)
    .refine((scopes) => scopes.includes("openid"), "openid has to be among them")
    .default(["openid", "email", "profile"]),
  algorithms: z.array(z.enum(algorithms)).min(1).default(["RS256", "ES256"]),
  /** What people are called here. Their verified address when absent, or else their subject. */
  name_claim: z.string().min(1).max(128).optional(),
  /** Only those whose verified address is of one of these. */
  allowed_domains: z
    .array(
      z
        .string()
        .toLowerCase()
        .regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/, "a domain such as example.com"),
    )
    .min(1)
    .max(64)
    .optional(),
  /** The provider vouches for every address, though it does not say `email_verified`. */
  emails_are_verified: z.boolean().default(false),
  session_hours: z.number().positive().max(12).default(12),
  /** Who signs out does so at the provider as well, where that has a place for it; or here alone. */
  sign_out: z.enum(["provider", "here"]).default("provider"),
  rules: z.array(ruleSchema).min(1).max(512),
});

export type SignInRule = z.output<typeof ruleSchema>;

/** Who may sign in to the dashboard by way of an identity provider (OpenID Connect), and what they may do there. */
export interface SignInOptions extends Omit<z.output<typeof signInSchema>, "client_secret" | "name"> {
  readonly name: string;
  /** Absent for a public client, which proves by PKCE alone that it is the one that began. */
  readonly clientSecret: string | undefined;
}

/**
 * @param content of a configuration file
 * @param file its name, for people
 * @throws ShardwrightError `config-invalid` that names every field that is wrong
 */
export function readSignIn(content: unknown, file: string, clientSecret?: string): SignInOptions {
  const parsed = signInSchema.safeParse(content);
  const problems = parsed.success
    ? relationProblems(parsed.data)
    : parsed.error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
  const lines = problems.map(({ field, message }) => `  ${field === "" ? file : `${file}: ${field}`}: ${message}`);
  if (clientSecret !== undefined && clientSecret.length < shortestSecret)
    lines.push(`  SHARDWRIGHT_SIGN_IN_SECRET: it has ${clientSecret.length} characters; at least ${shortestSecret} are needed`);
  if (!parsed.success || lines.length > 0) throw new ShardwrightError("config-invalid", { problems: lines.join("\n") });
  const { client_secret: _none, name = new URL(parsed.data.issuer).host, ...options } = parsed.data;
  return { ...options, name, clientSecret };
}

/** What is wrong in rules each of whose fields is right by itself. */
function relationProblems({ rules, allowed_domains }: z.output<typeof signInSchema>): { field: string; message: string }[] {
  return rules.flatMap(({ claims, scope, project }, index) => {
    const found: { field: string; message: string }[] = [];
    if (scope === "admin" && project !== "*")
      found.push({ field: `rules.${index}.project`, message: "an administrator is one of all projects" });
    const saysWho = Object.entries(claims).some(([claim, wanted]) => isBinding(claim, wanted));
    // Within one's own domains, everybody may be meant.
    if (!saysWho && (allowed_domains === undefined || scope === "admin"))
      found.push({
        field: `rules.${index}.claims`,
        message: `say who is meant, such as groups: [testers] or email: "*@example.com"${scope === "admin" ? "" : ", or give allowed_domains"}: anybody may have an account at the provider`,
      });
    return found;
  });
}

/** Whether a claim tells some people from all the others. */
function isBinding(claim: string, wanted: readonly string[]): boolean {
  if (aboutNobody.has(claim)) return false;
  return wanted.every((pattern) => (claim === "email" ? /@[^*]*[^*.]$/.test(pattern) : /[^*/]/.test(pattern)));
}

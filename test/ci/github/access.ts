import { createPublicKey, verify, type KeyObject } from "node:crypto";

/** Who asks, as a token says it. */
export interface Access {
  /** `job`: a workflow's own token; `installation`: a GitHub App's; `personal`: a person's, which may write no checks; `app`: signed by the App itself. */
  readonly kind: "job" | "installation" | "personal" | "app";
  /** `github-actions[bot]` */
  readonly login: string;
  /** The App behind it; 0 for a person. */
  readonly app: number;
  /** What it may write: `checks`, `issues`, `pull_requests`, `statuses`, `actions`; a token of a fork may write nothing. */
  readonly writes: ReadonlySet<string>;
  readonly ends_ms: number;
}

/** All that a job's token may write that was given what docs/ci/github.md asks for. */
const allWrites: ReadonlySet<string> = new Set(["checks", "issues", "pull_requests", "statuses", "actions"]);

/** A workflow's token. @param writes nothing for a job of a fork or of Dependabot */
export function jobAccess(writes: ReadonlySet<string> = allWrites): Access {
  return { kind: "job", login: "github-actions[bot]", app: 15_368, writes, ends_ms: Number.POSITIVE_INFINITY };
}

/** Whether an operation is open to a token. @returns GitHub's words where it is not */
export function refusalFor(key: string, access: Access): string | undefined {
  const asApp = key.includes(" /app") || key.endsWith("/installation");
  if (asApp !== (access.kind === "app")) return asApp ? "A JSON web token could not be decoded" : "Bad credentials";
  if (key.startsWith("GET ") || asApp) return undefined;
  const wanted = key.includes("/check-runs")
    ? ["checks"]
    : key.includes("/statuses/")
      ? ["statuses"]
      : key.includes("/comments")
        ? ["issues", "pull_requests"]
        : ["actions"];
  if (wanted[0] === "checks" && access.kind === "personal") return "You must authenticate via a GitHub App.";
  return wanted.some((one) => access.writes.has(one)) ? undefined : "Resource not accessible by integration";
}

/** A GitHub App: who may ask for tokens of its installations. */
export interface App {
  readonly id: number;
  readonly slug: string;
  /** PEM. */
  readonly publicKey: string;
  readonly installation: number;
  readonly writes: ReadonlySet<string>;
}

/** The longest that a token which an App signs may live. */
const appToken_s = 600;
const skew_s = 60;

/** Whether an App signed this token. @returns GitHub's words where it did not */
export function appTokenError(token: string, app: App, now_s: number): string | undefined {
  const [head = "", payload = "", signature = ""] = token.split(".");
  const key: KeyObject = createPublicKey(app.publicKey);
  try {
    const { alg } = parse(head);
    if (alg !== "RS256" || !verify("RSA-SHA256", Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, "base64url")))
      return "A JSON web token could not be decoded";
    const { iss, iat, exp } = parse(payload);
    if (String(iss) !== String(app.id)) return "'Issuer' claim ('iss') must be an Integer";
    if (typeof exp !== "number" || exp <= now_s)
      return "'Expiration time' claim ('exp') must be a numeric value representing the future";
    if (exp > now_s + appToken_s + skew_s) return "'Expiration time' claim ('exp') is too far in the future";
    if (typeof iat !== "number" || iat > now_s + skew_s)
      return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    return undefined;
  } catch {
    return "A JSON web token could not be decoded";
  }
}

function parse(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Record<string, unknown>;
}

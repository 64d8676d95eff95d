import { createHmac, timingSafeEqual } from "node:crypto";
import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";

/** Deliveries that are remembered, so that one that comes twice counts once. GitHub gives up after some minutes. */
const remembered_limit = 10_000;

const deliverySchema = z.object({
  action: z.string(),
  check_run: z.object({
    external_id: z.string().nullish(),
    head_sha: z.string(),
    app: z.object({ id: z.int() }).nullish(),
  }),
  requested_action: z.object({ identifier: z.string() }).nullish(),
  repository: z.object({ full_name: z.string() }),
  sender: z.object({ login: z.string() }).nullish(),
});

const suiteSchema = z.object({
  action: z.string(),
  check_suite: z.object({ head_sha: z.string(), app: z.object({ id: z.int() }).nullish() }),
  repository: z.object({ full_name: z.string() }),
  sender: z.object({ login: z.string() }).nullish(),
});

/** All checks of a commit are to run again. */
export interface SuiteDelivery {
  readonly action: string;
  readonly appId: number;
  readonly commit: string;
  readonly repository: string;
  /** Who pressed the button: their login at GitHub. */
  readonly sender: string | undefined;
}

/** What a delivery asks for. */
export interface CheckDelivery {
  readonly action: string;
  /** Of the button that was pressed. */
  readonly identifier: string | undefined;
  readonly externalId: string;
  readonly appId: number;
  readonly commit: string;
  /** `acme/shop` */
  readonly repository: string;
  /** Who pressed the button: their login at GitHub. */
  readonly sender: string | undefined;
}

/**
 * Whether GitHub signed these bytes with the secret: compared so that the time it takes tells nothing
 * (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries).
 * @param signature `sha256=…`
 * @throws ShardwrightError `webhook-refused`
 */
export function verifyDelivery(bytes: Uint8Array, signature: string | undefined, secret: string): void {
  const expected = createHmac("sha256", secret).update(bytes).digest();
  const given = Buffer.from(/^sha256=([0-9a-f]{64})$/.exec(signature ?? "")?.[1] ?? "", "hex");
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new ShardwrightError("webhook-refused", {
      reason: signature === undefined ? "it is not signed (X-Hub-Signature-256)" : "its signature is not that of the secret",
    });
}

/** A delivery of the event `check_run`. @throws ShardwrightError `bad-request` */
export function readCheckDelivery(bytes: Uint8Array): CheckDelivery {
  const { action, check_run, requested_action, repository, sender } = read(bytes, deliverySchema);
  return {
    action,
    identifier: requested_action?.identifier,
    externalId: check_run.external_id ?? "",
    appId: check_run.app?.id ?? 0,
    commit: check_run.head_sha,
    repository: repository.full_name,
    sender: sender?.login,
  };
}

/** A delivery of the event `check_suite`. @throws ShardwrightError `bad-request` */
export function readSuiteDelivery(bytes: Uint8Array): SuiteDelivery {
  const { action, check_suite, repository, sender } = read(bytes, suiteSchema);
  return {
    action,
    appId: check_suite.app?.id ?? 0,
    commit: check_suite.head_sha,
    repository: repository.full_name,
    sender: sender?.login,
  };
}

function read<S extends z.ZodType>(bytes: Uint8Array, schema: S): z.output<S> {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw new ShardwrightError("bad-request", { problems: "body: it is not JSON; let the App send application/json" });
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 5).map(({ path, message }) => `body.${path.join(".")}: ${message}`);
  throw new ShardwrightError("bad-request", { problems: problems.join("; ") });
}

/** The last deliveries that came, by the names that GitHub gives them. */
export class SeenDeliveries {
  readonly #seen = new Set<string>();

  /** @returns whether it came before */
  isKnown(id: string): boolean {
    if (this.#seen.has(id)) return true;
    this.#seen.add(id);
    const [oldest] = this.#seen;
    if (this.#seen.size > remembered_limit && oldest !== undefined) this.#seen.delete(oldest);
    return false;
  }

  /** It was not dealt with: it may come again. */
  forget(id: string): void {
    this.#seen.delete(id);
  }
}

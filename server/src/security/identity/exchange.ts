import { createHash } from "node:crypto";
import { type ExchangeIdentityResponse, ShardwrightError } from "@shardwright/core";
import type { Clock } from "../../clock.ts";
import type { TokenKeeper } from "../tokens.ts";
import { chooseRule } from "./choose-rule.ts";
import { IssuerKeys, type KeyTimes, defaultKeyTimes } from "./fetch-keys.ts";
import type { IdentityRules, Issuer } from "./rules.ts";

/** Identity tokens that are checked at the same time; an issuer that does not answer holds each for some seconds. */
const checks_limit = 64;
/**
 * How often one identity token may be exchanged while it is valid. More than once, because an answer may be lost, and a job on GitLab has
 * the same one for all its commands; not for ever, because each makes a token.
 */
const exchanges_limit = 64;
/** Identity tokens whose exchanges are counted; beyond that the oldest are forgotten. */
const counted_limit = 50_000;
/** Characters of a name that a token may have. */
const nameLimit = 128;

export interface IdentityParts {
  readonly tokens: Pick<TokenKeeper, "exchange">;
  readonly clock: Clock;
  /** Nothing is exchanged when absent. */
  readonly rules: IdentityRules | undefined;
  readonly keyTimes?: KeyTimes;
}

export interface ExchangeOrder {
  readonly token: string;
  readonly project: string;
  readonly lifetime_s?: number | undefined;
}

/** Gives tokens to CI jobs for what their CI system says of them: no secret of ours lies at the CI system. */
export class IdentityExchange {
  readonly #parts: IdentityParts;
  readonly #keys: ReadonlyMap<string, IssuerKeys>;
  readonly #counts = new Map<string, { count: number; readonly until_ms: number }>();
  #checks = 0;
  /** Exchanges by what came of them: `granted`, or the error's code. */
  readonly outcomes = new Map<string, number>();

  constructor(parts: IdentityParts) {
    this.#parts = parts;
    const { rules, clock, keyTimes = defaultKeyTimes } = parts;
    const issuers = [...(rules?.issuers.values() ?? [])];
    this.#keys = new Map(issuers.map((issuer) => [issuer.issuer, new IssuerKeys(issuer, clock, keyTimes)]));
  }

  /**
   * A token of the scope that the first fitting rule gives, for the project that is asked for, as long as is asked for or the rule allows.
   * Whoever has an identity token may exchange it again while it is valid: that gives nothing more than the first time.
   * @throws ShardwrightError `identity-off`, `identity-busy`, `identity-invalid`, `identity-issuer`, `identity-audience`,
   *   `identity-issuer-unreachable`, `identity-rule`, `queue-full`, `update-incomplete`
   */
  async exchange(order: ExchangeOrder): Promise<ExchangeIdentityResponse> {
    try {
      const granted = await this.#exchange(order);
      this.#tell("granted");
      return granted;
    } catch (error) {
      this.#tell(error instanceof ShardwrightError ? error.code : "internal");
      throw error;
    }
  }

  #tell(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  async #exchange({ token, project, lifetime_s }: ExchangeOrder): Promise<ExchangeIdentityResponse> {
    const { rules, tokens, clock } = this.#parts;
    if (rules === undefined) throw new ShardwrightError("identity-off");
    const { issuer, claims } = await this.#check(token, rules);
    const choice = chooseRule(rules.rules, issuer, claims, project);
    if ("reason" in choice) throw new ShardwrightError("identity-rule", { project, reason: choice.reason });
    this.#count(token, (claims.exp ?? 0) * 1000);
    const { rule } = choice;
    const most_ms = Math.round(rule.lifetime_minutes * 60_000);
    const lifetime_ms = Math.min(most_ms, lifetime_s === undefined ? most_ms : lifetime_s * 1000);
    const made = await tokens.exchange({
      // For whoever lists the tokens: what CI systems write there names a repository and a branch.
      name: String(claims.sub).slice(0, nameLimit),
      scope: rule.scope,
      lifetime_ms,
      ...(rule.project !== "*" && { project: rule.project }),
    });
    const { expires_at_ms = clock.now_ms() + lifetime_ms } = made;
    return { ...made, expires_at_ms, expires_in_s: Math.max(0, Math.floor((expires_at_ms - clock.now_ms()) / 1000)) };
  }

  async #check(token: string, rules: IdentityRules) {
    if (this.#checks >= checks_limit) throw new ShardwrightError("identity-busy");
    this.#checks += 1;
    try {
      // Few coordinators need it, and each local run would wait while it is loaded.
      const { verifyIdentity } = await import("./verify.ts");
      const now = new Date(this.#parts.clock.now_ms());
      return await verifyIdentity(token, rules, (issuer) => this.#keysOf(issuer), now);
    } finally {
      this.#checks -= 1;
    }
  }

  #keysOf({ issuer }: Issuer): IssuerKeys {
    const keys = this.#keys.get(issuer);
    if (keys === undefined) throw new ShardwrightError("internal", { reason: `there are no keys of ${issuer}` });
    return keys;
  }

  /** By what was signed: the signature itself can be written in more than one way. */
  #count(token: string, until_ms: number): void {
    const key = createHash("sha256")
      .update(token.slice(0, token.lastIndexOf(".")))
      .digest("base64");
    const known = this.#counts.get(key);
    if (known !== undefined && known.count >= exchanges_limit)
      throw new ShardwrightError("identity-invalid", { reason: `it has been exchanged ${exchanges_limit} times` });
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    this.#counts.set(key, { count: 1, until_ms });
    for (const [oldest, { until_ms: end_ms }] of this.#counts) {
      if (this.#counts.size <= counted_limit && end_ms > this.#parts.clock.now_ms()) break;
      this.#counts.delete(oldest);
    }
  }
}

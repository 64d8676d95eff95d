import { HttpRefusal, type PoliteFetch, politeFetch } from "@shardwright/ci";
import { ShardwrightError, type Submission, reasonOf } from "@shardwright/core";
import { type AuditedAction, audited } from "../audit/write-audit.ts";
import type { Clock } from "../clock.ts";
import type { RunRow } from "../database/queries/runs.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Leadership } from "../leadership.ts";
import type { NewId } from "../security/random.ts";
import { AppAccess } from "./app-access.ts";
import { latestChecks } from "./check-api.ts";
import { rerunAction } from "./check-output.ts";
import { isAddressable, readExternalId, targetOf } from "./check-target.ts";
import { CheckWriter, type CheckWriterParts } from "./check-writer.ts";
import {
  type CheckDelivery,
  SeenDeliveries,
  type SuiteDelivery,
  readCheckDelivery,
  readSuiteDelivery,
  verifyDelivery,
} from "./delivery.ts";
import type { GithubApp } from "./options.ts";

export interface GithubParts extends Omit<CheckWriterParts, "app" | "access" | "leadership"> {
  /** Nothing is written and no delivery taken when absent. */
  readonly app: GithubApp | undefined;
  readonly ledger: Pick<Ledger, "role" | "onApplied" | "onRoleChange" | "append">;
  readonly newId: NewId;
  readonly leadership: Pick<Leadership, "current" | "scheduler">;
}

/** What came with a delivery's headers. */
export interface DeliveryHeaders {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly signature: string | undefined;
}

/** What was done about a delivery; GitHub shows it beside it. */
export interface DeliveryAnswer {
  readonly outcome: "ignored" | "repeated" | "reopened" | "refused";
  readonly reason: string;
}

/** The coordinator as a GitHub App: it writes the checks of runs, and runs again what is asked for there. */
export class GithubIntegration {
  readonly #parts: GithubParts;
  readonly #access: AppAccess | undefined;
  readonly #writer: CheckWriter | undefined;
  readonly #seen = new SeenDeliveries();
  readonly #closing = new AbortController();

  constructor(parts: GithubParts) {
    this.#parts = parts;
    const { app, ledger, clock } = parts;
    if (app === undefined) return;
    const access = new AppAccess(app, clock, this.#politeFetch());
    const writer = new CheckWriter({ ...parts, app, access });
    this.#access = access;
    this.#writer = writer;
    ledger.onApplied((facts) => writer.applied(facts));
    ledger.onRoleChange((role) => (role === "leader" ? writer.takeOver() : writer.letGo()));
    if (ledger.role === "leader") writer.takeOver();
  }

  /** What came of its requests, and how many checks were given up; undefined without an App. */
  get figures(): { readonly requests: ReadonlyMap<string, number>; readonly givenUp: number } | undefined {
    return this.#access && { requests: this.#access.outcomes, givenUp: this.#writer?.givenUp ?? 0 };
  }

  /** Whether the check of a run that is submitted so is written here: its job need not write another one. */
  writesCheckOf({ project, context }: Pick<Submission, "project" | "context">): boolean {
    const { app } = this.#parts;
    return app !== undefined && targetOf({ id: "", project, context, opened_position: 0, opened_at_ms: 0 }, app) !== undefined;
  }

  /**
   * Takes what GitHub sends when somebody presses a button at a check.
   * @param bytes as they came: the signature is over them
   * @throws ShardwrightError `not-found` without an App, `webhook-refused`, `bad-request`
   */
  async deliver(bytes: Uint8Array, { event, id, signature }: DeliveryHeaders): Promise<DeliveryAnswer> {
    const { app } = this.#parts;
    if (app?.webhookSecret === undefined) throw new ShardwrightError("webhook-refused", { reason: "no webhook secret is set" });
    verifyDelivery(bytes, signature, app.webhookSecret);
    if (event !== "check_run" && event !== "check_suite")
      return { outcome: "ignored", reason: "only what happens to checks is of interest" };
    const act =
      event === "check_run" ? this.#onCheck(readCheckDelivery(bytes), app) : this.#onSuite(readSuiteDelivery(bytes), app);
    return await this.#once(id, act);
  }

  async close(): Promise<void> {
    await this.#writer?.close();
    this.#closing.abort();
  }

  /** Does what a delivery asks for, unless it came before; what failed may come again. */
  async #once(id: string | undefined, act: () => Promise<DeliveryAnswer>): Promise<DeliveryAnswer> {
    if (id === undefined || id.length > 128)
      throw new ShardwrightError("bad-request", { problems: "X-GitHub-Delivery: it names the delivery" });
    if (this.#seen.isKnown(id)) return { outcome: "repeated", reason: "this delivery came before" };
    try {
      return await act();
    } catch (error) {
      this.#seen.forget(id);
      throw error;
    }
  }

  /** “Re-run all checks”: of each name the newest one at the commit. */
  #onSuite({ action, appId, commit, repository, sender }: SuiteDelivery, app: GithubApp): () => Promise<DeliveryAnswer> {
    return async () => {
      if (action !== "rerequested" || appId !== app.appId) return { outcome: "ignored", reason: "it asks for nothing" };
      if (this.#access === undefined || !isAddressable(repository, commit))
        return { outcome: "ignored", reason: "there is no such commit" };
      const answers: DeliveryAnswer[] = [];
      for (const externalId of await latestChecks(this.#access, app.appId, { repository, commit }))
        answers.push(
          await this.#onCheck({ action, identifier: undefined, externalId, appId, commit, repository, sender }, app)(),
        );
      return (
        answers.find(({ outcome }) => outcome === "reopened") ?? answers[0] ?? { outcome: "ignored", reason: "it has no checks" }
      );
    };
  }

  #onCheck(delivery: CheckDelivery, app: GithubApp): () => Promise<DeliveryAnswer> {
    return () => this.#rerun(delivery, app);
  }

  async #rerun(delivery: CheckDelivery, app: GithubApp): Promise<DeliveryAnswer> {
    const { action, identifier, externalId, appId } = delivery;
    const isAsked = action === "rerequested" || (action === "requested_action" && identifier === rerunAction);
    if (!isAsked) return { outcome: "ignored", reason: "it asks for nothing" };
    const named = readExternalId(externalId);
    if (appId !== app.appId || named === undefined)
      return { outcome: "ignored", reason: "the check is none of this coordinator's" };
    const row = this.#parts.queries.runs.byId(named.run);
    const target = row === undefined ? undefined : targetOf(row, app);
    const isTheirs = target?.commit === delivery.commit && target.repository.toLowerCase() === delivery.repository.toLowerCase();
    if (row === undefined || !isTheirs) return { outcome: "ignored", reason: `there is no run ${named.run} of this commit` };
    try {
      const pending = await audited(reopening(delivery, row), this.#parts, () =>
        this.#parts.leadership.scheduler.reopen(named.run, named.opened_position),
      );
      if (pending > 0) return { outcome: "reopened", reason: `${pending} of its files run again` };
      return this.#refused(named.run, "everything has passed.");
    } catch (error) {
      if (!(error instanceof ShardwrightError) || !["not-reopenable", "run-goes-on", "queue-full"].includes(error.code))
        throw error;
      const { reason = error.message } = error.details;
      return this.#refused(named.run, String(reason));
    }
  }

  /** Whoever pressed the button looks at the check. GitHub waits ten seconds for an answer: the check is written after it. */
  #refused(run: string, reason: string): DeliveryAnswer {
    const { log } = this.#parts;
    this.#writer?.note(run, reason).catch((error: unknown) => {
      const why = error instanceof HttpRefusal ? error.message : reasonOf(error);
      log.info({ run, reason: why }, "why a run is not run again could not be written to its check");
    });
    return { outcome: "refused", reason };
  }

  #politeFetch(): PoliteFetch {
    const { clock } = this.#parts;
    return politeFetch({
      politeness: { timeout_ms: 15_000, attempts: 4, total_ms: 90_000, answer_bytes: 16 * 1024 * 1024 },
      signal: this.#closing.signal,
      now_ms: () => clock.now_ms(),
      wait: (ms, signal) => pause(clock, ms, signal),
      random: Math.random,
    });
  }
}

/** What the audit log is told: whoever pressed the button is known by GitHub alone. */
function reopening({ sender }: CheckDelivery, { id, run_key, project }: RunRow): AuditedAction {
  return {
    name: "run.reopen",
    actor: { name: `github:${sender ?? "unknown"}`.slice(0, 128) },
    route: "POST /api/v1/github/webhook",
    object: `${id} (${run_key}), by the button at its check`,
    project,
  };
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      timer.cancel();
      reject(signal.reason as Error);
    };
    const timer = clock.after(ms, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

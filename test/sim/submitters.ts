import { hash } from "node:crypto";
import {
  type Submission,
  type SubmitResponse,
  type Task,
  judgementVerdictSchema,
  manifestText,
  submissionSchema,
} from "@shardwright/core";
import type { History } from "../../packages/raft/sim/clients.ts";
import { Violation } from "../../packages/raft/sim/violation.ts";
import { Asking } from "./asking.ts";
import type { Model } from "./model.ts";

const kinds = ["good", "good", "good", "bad", "flaky", "skipped"];
/** Keys that are in use at a time: so few that several ask for the same one. */
const keyCount = 4;

/** What all who submit share. */
export interface Common {
  readonly history: History;
  readonly model: Model;
  /** Grows: new keys come into use as time goes by. */
  keys: number;
}

/** Somebody who submits runs, watches them, and does now and then what else can be done with them. */
export class Submitter extends Asking {
  #common: Common | undefined;
  #sequence = 0;

  joins(common: Common): this {
    this.#common = common;
    return this;
  }

  get #shared(): Common {
    if (this.#common === undefined) throw new Error("nothing is shared");
    return this.#common;
  }

  protected async live(): Promise<void> {
    while (!this.isStopped) {
      await this.pause(this.random.between(20, 500));
      const choice = this.random.next();
      if (choice < 0.45) await this.#submit();
      else if (choice < 0.75) await this.#look();
      else if (choice < 0.8) await this.#publish();
      else if (choice < 0.83) await this.#judge();
      else if (choice < 0.88) await this.#cancel();
      else if (choice < 0.92) await this.#purge();
      else await this.#token();
      if (!this.isStopped) this.done += 1;
    }
  }

  #key(): string {
    const shared = this.#shared;
    if (this.random.chance(0.2)) shared.keys += 1;
    return `key ${shared.keys + this.random.whole(0, keyCount - 1)}`;
  }

  /** Submits under a key, again and again until somebody answers: it must be one run. */
  async #submit(): Promise<void> {
    const { history, model } = this.#shared;
    const key = this.#key();
    this.#sequence += 1;
    const operation = { client: this.id, sequence: this.#sequence, key, value: "" };
    const submission = submissionOf(key, `${this.id}/${this.#sequence}`);
    history.invoke(operation);
    const toldBefore = history.told;
    const before = model.byKey(key);
    const reply = await this.insist(
      ({ leadership }) => leadership.scheduler.submit(submission),
      () => true,
    );
    if (reply?.kind !== "answer") return;
    this.#wasTold(reply.answer, operation, { before, toldBefore });
  }

  #wasTold(
    { run, disposition }: SubmitResponse,
    operation: { client: string; sequence: number; key: string; value: string },
    { before, toldBefore }: { before: string | undefined; toldBefore: number },
  ): void {
    const { history, model } = this.#shared;
    const known = model.runs.get(run);
    if (known === undefined && !model.purged.has(run))
      throw new Violation("acknowledged-is-kept", `${run} was acknowledged and is in no ledger`);
    if (known !== undefined && known.key !== operation.key)
      throw new Violation("one-run-per-key", `${operation.key} is answered with ${run}, which is ${known.key}`);
    // It was there when this was asked for, and is not gone: nobody may have made another one.
    if (before !== undefined && before !== run && !model.purged.has(before))
      throw new Violation("linearizability", `${operation.key} named ${before}, and is answered with ${run}`);
    const index = history.effects.get(`${operation.client}/${operation.sequence}`);
    if (index !== undefined && known?.index === index) history.acknowledge(operation, { index, before: undefined }, toldBefore);
    else if (disposition === "created" && known !== undefined && index === undefined)
      throw new Violation("exactly-once", `${operation.key} is said to be created by ${operation.client}, and was not`);
  }

  /** Reads on any member: it must see all that was committed when it was asked, whoever has been told of it by then. */
  async #look(): Promise<void> {
    const { history, model } = this.#shared;
    const [id] = this.random.shuffle([...model.runs.keys()].slice(-8));
    const before = id === undefined ? undefined : model.runs.get(id);
    if (id === undefined || before === undefined) return;
    const committed = this.place.checks.committed.length;
    const { isRunning, opened_ms, verdict } = before;
    const reply = await this.insist(async ({ ledger, queries }) => {
      await ledger.barrier();
      return { applied: ledger.consensus.applied, summary: queries.runs.summary(id) };
    });
    if (reply?.kind !== "answer") return;
    const { applied, summary } = reply.answer;
    history.observe(applied, committed);
    const known = model.runs.get(id);
    if (known === undefined) return;
    if (summary === undefined) throw new Violation("linearizability", `${id} was there and is not`);
    const isAsBefore = known.opened_ms === opened_ms && !isRunning;
    // It may have been judged meanwhile.
    if (isAsBefore && (summary.status !== "ended" || (summary.verdict !== verdict && summary.verdict !== known.verdict)))
      throw new Violation("linearizability", `${id} had ended ${verdict} and is said to be ${summary.status} ${summary.verdict}`);
  }

  #someRun(isRunning: boolean): string | undefined {
    const runs = [...this.#shared.model.runs].filter(([, run]) => run.isRunning === isRunning).slice(-6);
    return runs.length === 0 ? undefined : this.random.pick(runs)[0];
  }

  async #publish(): Promise<void> {
    const run = this.#someRun(false);
    if (run === undefined) return;
    const by = this.id;
    const reply = await this.insist(
      ({ leadership }) => leadership.scheduler.publication(run, { by }),
      () => true,
    );
    if (reply?.kind !== "answer" || !reply.answer.granted) return;
    const { model } = this.#shared;
    // It may have been opened again since.
    const publisher = model.runs.get(run)?.publisher;
    if (publisher !== undefined && publisher !== by)
      throw new Violation("one-publisher", `${by} may tell of ${run}, and ${publisher} as well`);
    await this.insist(
      ({ leadership }) => leadership.scheduler.publication(run, { by, done: true }),
      () => true,
    );
  }

  async #judge(): Promise<void> {
    const run = this.#someRun(false);
    if (run === undefined) return;
    const verdict = this.random.pick(judgementVerdictSchema.options);
    await this.insist(
      ({ leadership }) => leadership.scheduler.judgement(run, { verdict, reason: "it was joined" }),
      () => true,
    );
  }

  async #cancel(): Promise<void> {
    const run = this.#someRun(true);
    if (run === undefined) return;
    const { model } = this.#shared;
    const reply = await this.insist(({ leadership }) => leadership.scheduler.cancel(run, "it was asked for"));
    const known = model.runs.get(run);
    if (reply?.kind === "answer" && known === undefined && !model.purged.has(run))
      throw new Violation("acknowledged-is-kept", `${run} was cancelled and is gone`);
  }

  async #purge(): Promise<void> {
    const run = this.#someRun(false);
    if (run === undefined) return;
    await this.insist(({ leadership }) => leadership.scheduler.purge([run]));
  }

  /** Makes a token, or revokes one. */
  async #token(): Promise<void> {
    const { model } = this.#shared;
    // As its keeper does, but for the secret, which is drawn by chance that no seed has a hand in.
    const made = await this.insist(async ({ ledger, newId }) => {
      const id = newId("t");
      await ledger.append([{ type: "TokenCreated", token: id, name: "ci", scope: "submit", hash: hash("sha256", id) }]);
      return id;
    });
    if (made?.kind !== "answer") return;
    const token = made.answer;
    if (!model.tokens.has(token)) throw new Violation("acknowledged-is-kept", `${token} was acknowledged and is in no ledger`);
    if (this.random.chance(0.5)) return;
    const revoked = await this.insist(
      ({ tokens }) => tokens.revoke(token),
      (code) => code === "not-found",
    );
    if (revoked?.kind === "answer" && model.tokens.get(token) !== true)
      throw new Violation("acknowledged-is-kept", `${token} was revoked and is not`);
  }
}

/** The same key is the same manifest, whoever submits it. */
function submissionOf(key: string, actor: string): Submission {
  const digest = hash("sha256", key, "buffer");
  const at = (index: number): number => digest[index] ?? 0;
  const files = Array.from({ length: 1 + (at(0) % 4) }, (_, index) => `${kinds[at(index + 1) % kinds.length]}-${index}.test.js`);
  const tasks = files.map((file): Task => ({
    key: `unit:${file}`,
    suite: "unit",
    kind: "file",
    file,
    args: [],
    requirements: {},
    hash: hash("sha256", file),
    bytes: 100 + at(9),
    side_effects: at(10) % 4 === 0,
  }));
  const suites = [{ name: "unit", runner: "vitest", directory: ".", options: { coverage: true } }];
  return submissionSchema.parse({
    run_key: key,
    context: { actor },
    workspace: { kind: "git", url: "https://example.com/repository.git", commit: "0".repeat(40), directory: "." },
    suites,
    tasks,
    manifest_hash: hash("sha256", manifestText({ tasks, suites })),
    options: { max_retries: at(11) % 2, timeout_ms: 2000 + at(12) * 4 },
  });
}

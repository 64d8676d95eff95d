import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Capabilities,
  type CaseResult,
  type FactVersions,
  type Lease,
  type Submission,
  type Task,
  type WorkerEvent,
  factVersions,
  failoverProfiles,
  manifestText,
  submissionSchema,
} from "@shardwright/core";
import { pino } from "pino";
import type { Clock } from "../clock.ts";
import { openDatabase } from "../database/open.ts";
import { createQueries } from "../database/queries.ts";
import { openLogWriter } from "../ledger/log-writer.ts";
import { openRaftLedger } from "../ledger/open-raft-ledger.ts";
import { settingsOf } from "../ledger/timings.ts";
import { createProjections } from "../projections/apply.ts";
import { type ChosenParts, usualParts } from "../scheduler/chosen-parts.ts";
import { type SchedulerOptions, schedulerDefaults } from "../scheduler/options.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import type { NewId } from "../security/random.ts";

/** Time that passes only when a test says so. */
export class ManualClock implements Clock {
  #now_ms = 1_700_000_000_000;
  #timers: { at_ms: number; callback: () => void }[] = [];

  now_ms(): number {
    return this.#now_ms;
  }

  monotonic_ms(): number {
    return this.#now_ms;
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.length;
  }

  after(delay_ms: number, callback: () => void): { cancel: () => void } {
    const timer = { at_ms: this.#now_ms + delay_ms, callback };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((one) => one !== timer)) };
  }

  /** Lets time pass, and all that was to happen in it happen in its order. */
  advance(duration_ms: number): void {
    const until_ms = this.#now_ms + duration_ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at_ms }) => at_ms <= until_ms).sort((a, b) => a.at_ms - b.at_ms);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now_ms = Math.max(this.#now_ms, next.at_ms);
      next.callback();
    }
    this.#now_ms = until_ms;
  }
}

const machine: Capabilities = { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: ["python"], details: {} };

/** A coordinator's inside, on a disk of its own, with a clock that stands still: real ledger, real tables, no HTTP. */
export class World implements AsyncDisposable {
  readonly clock = new ManualClock();
  /** What chance says, from 0 to less than 1; at 0 no retry waits. */
  chance = 0;
  readonly directory = mkdtempSync(join(tmpdir(), "coordinator-"));
  readonly options: SchedulerOptions;
  #inside: Awaited<ReturnType<typeof build>> | undefined;
  #ids = 0;

  /** What it is started with from now on. */
  plugins: ChosenParts = usualParts;
  readonly #facts: FactVersions;

  private constructor(options: Partial<SchedulerOptions>, facts: FactVersions) {
    this.options = { ...schedulerDefaults, ...options };
    this.#facts = facts;
  }

  /** @param facts that its program knows */
  static async open(
    options: Partial<SchedulerOptions> = {},
    facts: FactVersions = factVersions,
    plugins: ChosenParts = usualParts,
  ): Promise<World> {
    const world = new World(options, facts);
    world.plugins = plugins;
    await world.start();
    return world;
  }

  get inside(): Awaited<ReturnType<typeof build>> {
    if (this.#inside === undefined) throw new Error("the coordinator is down");
    return this.#inside;
  }

  get scheduler(): Scheduler {
    return this.inside.scheduler;
  }

  async start(): Promise<void> {
    const newId: NewId = (prefix) => `${prefix}-${String(++this.#ids).padStart(16, "0")}`;
    const random = () => this.chance;
    this.#inside = await build({
      directory: this.directory,
      clock: this.clock,
      newId,
      options: this.options,
      random,
      facts: this.#facts,
      plugins: this.plugins,
    });
  }

  async stop(): Promise<void> {
    const { scheduler, ledger, client } = this.inside;
    this.#inside = undefined;
    scheduler.close();
    await ledger.close();
    client.close();
  }

  /** As after an upgrade or a crash: memory is gone, the disk stays. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#inside !== undefined) await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** @param run the only one that it takes work of */
  async worker(name: string, has: Partial<Capabilities> = {}, slots = 1, run?: string): Promise<FakeWorker> {
    const capabilities = { ...machine, ...has };
    const registration = { name, instance: `instance-of-${name}`, slots, capabilities, version: "1", ...(run && { run }) };
    const { worker } = await this.scheduler.register(registration);
    return new FakeWorker(this, worker, registration);
  }

  report(run: string) {
    const { queries } = this.inside;
    return {
      run: queries.runs.summary(run),
      tasks: queries.tasks.ofRun(run),
      attempts: queries.tasks.attempts(run).map(({ task, attempt, status }) => `${task}.${attempt} ${status}`),
      cases: queries.tasks
        .cases(run)
        .map(({ task, attempt, result }) => `${task}.${attempt} ${result.path.join(" > ")} ${result.status}`),
      notices: queries.tasks.notices(run).map(({ code }) => code),
    };
  }
}

interface Plan {
  readonly directory: string;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly options: SchedulerOptions;
  readonly random: () => number;
  readonly facts: FactVersions;
  readonly plugins: ChosenParts;
}

async function build({ directory, clock, newId, options, random, facts, plugins }: Plan) {
  const path = join(directory, "ledger.db");
  const writer = await openLogWriter(path, "relaxed");
  const { database, client } = openDatabase(join(directory, "state.db"));
  const projections = createProjections(database, client, undefined, facts);
  const ledger = await openRaftLedger({
    writer,
    path,
    durability: "relaxed",
    clock,
    projections,
    settings: settingsOf(failoverProfiles.default),
    facts,
  });
  if (ledger.factVersion < facts.version) await ledger.raiseFactVersion(facts.version);
  const queries = createQueries(database, () => projections.settle());
  const scheduler = new Scheduler({
    ledger,
    queries,
    clock,
    log: pino({ level: "silent" }),
    newId,
    options,
    random,
    plugins,
    leader: { by: "this-one" },
  });
  scheduler.lead();
  return { database, client, ledger, queries, scheduler };
}

/** What a worker sends and is sent, without a worker. */
export class FakeWorker {
  readonly id: string;
  readonly #world: World;
  readonly #registration: Parameters<Scheduler["register"]>[0];
  readonly told: string[] = [];
  /** Runners that can leave out cases there. */
  resumes: string[] = [];

  constructor(world: World, id: string, registration: Parameters<Scheduler["register"]>[0]) {
    this.#world = world;
    this.id = id;
    this.#registration = registration;
  }

  /** Asks for work and does not wait. */
  async lease(slots = 1, options: { run?: string; warm?: string[] } = {}): Promise<Lease[]> {
    const { leases } = await this.poll(slots, 0, options);
    return leases;
  }

  poll(
    slots = 1,
    wait_ms = 0,
    { run, warm = [] }: { run?: string; warm?: string[] } = {},
    signal = new AbortController().signal,
  ) {
    return this.#world.scheduler.lease(
      this.id,
      { slots, wait_ms, warm, resumes: this.resumes, ...(run === undefined ? {} : { run }) },
      signal,
    );
  }

  send(...events: WorkerEvent[]) {
    return this.#world.scheduler.results(this.id, { events });
  }

  heartbeat(fences: readonly number[] = [], draining = false) {
    return this.#world.scheduler.heartbeat(this.id, { fences: [...fences], draining });
  }

  /** Holds the signal stream. @returns what breaks it */
  connect(): () => void {
    return this.#world.scheduler.signals(this.id, (signal) => {
      this.told.push(signal.type === "stop" ? `stop ${signal.fence}` : signal.type);
    });
  }

  leave() {
    return this.#world.scheduler.leave(this.id);
  }

  /** Registers again as the same process does that has found out what else its machine has. */
  offer(tags: readonly string[]) {
    const { capabilities } = this.#registration;
    return this.#world.scheduler.register({
      ...this.#registration,
      capabilities: { ...capabilities, tags: [...capabilities.tags, ...tags] },
    });
  }

  /** Registers as another process would that has this one's name. */
  impostor(instance: string) {
    return this.#world.scheduler.register({ ...this.#registration, instance });
  }

  /** Runs all tasks of a lease, each with one case. */
  async run(lease: Lease, outcome: "passed" | "failed" | "errored" | "skipped" = "passed"): Promise<void> {
    for (const { task } of lease.tasks) await this.send(...eventsOf(lease, task, outcome));
  }
}

/** All that a worker sends of one task of a lease: its start, one case, its end. */
export function eventsOf(
  lease: Lease,
  task: number,
  outcome: "passed" | "failed" | "errored" | "skipped" = "passed",
  duration_ms = 100,
): [WorkerEvent, WorkerEvent, WorkerEvent] {
  const leased = lease.tasks.find((one) => one.task === task);
  if (leased === undefined) throw new Error(`the lease has no task ${task}`);
  const base = { run: lease.run, fence: lease.fence, task, attempt: leased.attempt };
  return [
    { type: "started", ...base },
    { type: "cases", ...base, first: 0, cases: [caseOf("works", outcome)] },
    {
      type: "finished",
      ...base,
      outcome,
      duration_ms,
      cases: 1,
      ...(outcome === "failed" ? { failure: { kind: "assertion", message: "1 is not 2" } } : {}),
    },
  ];
}

export function caseOf(name: string, status: CaseResult["status"] = "passed"): CaseResult {
  return { path: [name], ordinal: 0, status, duration_ms: 5, retries: 0 };
}

/** A submission of files called `a.test.js` and so on. */
export function submissionOf(
  files: readonly (string | Partial<Task>)[],
  overrides: Partial<Omit<Submission, "options">> & { options?: Partial<Submission["options"]> } = {},
): Submission {
  const tasks = files.map((file) => {
    const given = typeof file === "string" ? { file } : file;
    const name = given.file ?? "file.test.js";
    return {
      key: `unit:${name}`,
      suite: "unit",
      kind: "file",
      args: [],
      requirements: {},
      hash: "0".repeat(64),
      bytes: 100,
      ...given,
      file: name,
    };
  });
  const suites = overrides.suites ?? [{ name: "unit", runner: "vitest", directory: ".", options: {} }];
  return submissionSchema.parse({
    run_key: "key",
    workspace: { kind: "git", url: "https://example.com/repository.git", commit: "0".repeat(40), directory: "." },
    suites,
    tasks,
    manifest_hash: createHash("sha256").update(manifestText({ tasks, suites })).digest("hex"),
    ...overrides,
  });
}

import { rmSync } from "node:fs";
import { join } from "node:path";
import { type CaseResult, type Lease, type WorkerEvent, addsUp, caseKey } from "@shardwright/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type FakeWorker, World, submissionOf } from "../testing/world.ts";

interface Case {
  readonly name: string;
  readonly ordinal: number;
  readonly fails: boolean;
  /** It fails as well where this case has not run before it in the same attempt. */
  readonly needs?: string;
}

const case_ = (name: string, more: Partial<Case> = {}): Case => ({ name, ordinal: 0, fails: false, ...more });

/** What each file's cases do, always; so there is one right verdict, whoever runs what and whoever dies. */
const files: readonly { readonly file: string; readonly cases: readonly Case[]; readonly side_effects?: true }[] = [
  { file: "good.test.js", cases: [case_("a"), case_("same"), case_("same", { ordinal: 1 }), case_("b"), case_("c")] },
  { file: "ordered.test.js", cases: [case_("a"), case_("b", { needs: "a" }), case_("c"), case_("d", { needs: "c" })] },
  { file: "bad.test.js", cases: [case_("a"), case_("b", { fails: true }), case_("c")] },
  { file: "careful.test.js", cases: [case_("a"), case_("b")], side_effects: true },
];
/** One fewer than it takes for a task to be held to kill its workers. */
const lossLimit = 2;

const names = ["ask", "go on", "hear", "idle away", "lose", "leave", "hand back", "late", "restart"] as const;
type Step = (typeof names)[number];
const weights = { ask: 8, "go on": 12, "idle away": 3, "hand back": 2, late: 2 } as Partial<Record<Step, number>>;
const steps = fc.array(
  fc.record({
    step: fc.oneof(...names.map((name) => ({ arbitrary: fc.constant(name), weight: weights[name] ?? 1 }))),
    worker: fc.nat({ max: 2 }),
    choice: fc.nat(),
  }),
  { minLength: 10, maxLength: 70 },
);

interface Held {
  readonly worker: FakeWorker;
  readonly lease: Lease;
  readonly events: readonly WorkerEvent[];
  sent: number;
}

type Seen = Record<"resumed" | "duplicates" | "checked" | "taken" | "chains" | "late", number>;

interface Player {
  readonly worker: FakeWorker;
  readonly breakConnection: () => void;
  held: Held[];
}

test(
  "whatever comes in between, and however late: each case counts once, and the verdict is the manifest's",
  { timeout: 300_000 },
  async () => {
    const seen: Seen = { resumed: 0, duplicates: 0, checked: 0, taken: 0, chains: 0, late: 0 };
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        await using play = await Play.begin(seen);
        for (const { step, worker, choice } of all) await play.make(step, worker, choice);
        await play.finish();
        play.judge();
        await play.replay();
      }),
      { numRuns: 60, seed: 1 },
    );
    // What is tried here must happen, or nothing is shown.
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(0);
  },
);

class Play implements AsyncDisposable {
  readonly #world: World;
  readonly #run: string;
  readonly #seen: Seen;
  readonly #players: Player[] = [];
  /** What workers no longer hold, and may still speak of. */
  readonly #former: Held[] = [];
  #workers = 0;
  #losses = 0;

  private constructor(world: World, run: string, seen: Seen) {
    this.#world = world;
    this.#run = run;
    this.#seen = seen;
  }

  static async begin(seen: Seen): Promise<Play> {
    const world = await World.open();
    const given = files.map(({ file, side_effects = false }) => ({ file, side_effects }));
    const { run } = await world.scheduler.submit(submissionOf(given, { options: { max_retries: 0 } }));
    const play = new Play(world, run, seen);
    for (let index = 0; index < 3; index += 1) await play.#join(index);
    return play;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#world[Symbol.asyncDispose]();
  }

  async make(step: Step, index: number, choice: number): Promise<void> {
    const player = this.#players[index] as Player;
    const held = player.held[choice % Math.max(1, player.held.length)];
    switch (step) {
      case "ask":
        return this.#ask(player);
      case "go on":
        return held === undefined ? undefined : this.#send(held, 1 + (choice % 3));
      case "hear":
        return this.#hear(player);
      case "idle away":
        return this.#idleAway(1 + (choice % 4));
      case "lose":
        return this.#lose(index);
      case "leave":
        this.#drop(player, player.held);
        await player.worker.leave();
        return this.#join(index);
      case "hand back":
        return held === undefined ? undefined : this.#handBack(player, held);
      case "late":
        return this.#late(choice);
      case "restart":
        await this.#world.restart();
        for (const [at, one] of this.#players.entries()) this.#players[at] = { ...one, breakConnection: one.worker.connect() };
        return undefined;
    }
  }

  /** Calm returns: a worker that nothing happens to does what is left. */
  async finish(): Promise<void> {
    await this.#join(this.#players.length);
    const last = this.#players.at(-1) as Player;
    for (let turn = 0; this.#world.report(this.#run).run?.status !== "ended"; turn += 1) {
      expect(turn, "the run does not end").toBeLessThan(200);
      await this.#hear(last);
      await this.#ask(last);
      for (const held of last.held) await this.#send(held, held.events.length);
      if (turn % 2 === 1) await this.#idleAway(1, turn < 20 ? this.#players : [last]);
    }
  }

  judge(): void {
    const { run, tasks } = this.#world.report(this.#run);
    expect(run).toMatchObject({ verdict: "failed", account: { discovered: 4, passed: 3, failed: 1, flaky: 0 } });
    expect(addsUp(run!.account)).toBe(true);
    expect(run?.cases).toBe(files.reduce((sum, { cases }) => sum + cases.length, 0));
    const { queries } = this.#world.inside;
    const all = queries.tasks.cases(this.#run);
    for (const { task, current } of tasks) {
      const { cases } = files[task] as (typeof files)[number];
      const counted = all.filter((row) => row.task === task && row.attempt === current);
      expect(counted.map(({ result }) => caseKey(result)).toSorted()).toEqual(
        cases.map(({ name, ordinal }) => caseKey({ path: [name], ordinal })).toSorted(),
      );
      for (const { result } of counted)
        expect(result.status).toBe(cases.find(({ name }) => name === result.path[0])?.fails === true ? "failed" : "passed");
      this.#seen.taken += counted.filter(({ number }) => number < 0).length;
    }
    const attempts = queries.tasks.attempts(this.#run);
    for (const { task, attempt } of attempts) {
      const keys = all.filter((row) => row.task === task && row.attempt === attempt).map(({ result }) => caseKey(result));
      expect(new Set(keys).size, `${task}.${attempt}`).toBe(keys.length);
    }
    const resumed = attempts.filter(({ resumes }) => resumes !== null);
    this.#seen.resumed += resumed.length;
    this.#seen.duplicates += resumed.filter(({ duplicate }) => duplicate).length;
    this.#seen.checked += attempts.filter(({ recovery }) => recovery?.because === "resumed").length;
    this.#seen.chains += resumed.filter(({ task, resumes }) =>
      resumed.some((other) => other.task === task && other.attempt === resumes),
    ).length;
  }

  /** The tables are what the facts make of them, on this node or on any other. */
  async replay(): Promise<void> {
    const before = this.#tables();
    await this.#world.stop();
    for (const end of ["", "-wal", "-shm"]) rmSync(join(this.#world.directory, `state.db${end}`), { force: true });
    await this.#world.start();
    expect(this.#tables()).toEqual(before);
  }

  #tables(): unknown {
    const { client } = this.#world.inside;
    return ["runs", "tasks", "attempts", "cases", "timings"].map((table) =>
      client.prepare(`SELECT * FROM ${table} ORDER BY 1, 2, 3, 4`).all(),
    );
  }

  async #join(index: number): Promise<void> {
    this.#workers += 1;
    const worker = await this.#world.worker(`worker-${this.#workers}`);
    // One in four is of an earlier version.
    worker.resumes = this.#workers % 4 === 0 ? [] : ["vitest"];
    this.#players[index] = { worker, breakConnection: worker.connect(), held: [] };
  }

  async #ask({ worker, held }: Player): Promise<void> {
    if (held.length > 0) return;
    for (const lease of await worker.lease())
      held.push({ worker, lease, events: lease.tasks.flatMap((task) => eventsFor(lease, task)), sent: 0 });
  }

  async #send(held: Held, count: number): Promise<void> {
    const events = held.events.slice(held.sent, held.sent + count);
    if (events.length === 0) return;
    const { dropped } = await held.worker.send(...events);
    held.sent += events.length;
    expect(dropped.map(({ reason }) => reason)).not.toContain("gap");
    const player = this.#players.find((one) => one.held.includes(held));
    const isOver = dropped.some(({ reason }) => reason === "stale") || held.sent === held.events.length;
    if (player !== undefined && isOver) this.#drop(player, [held]);
  }

  async #hear(player: Player): Promise<void> {
    const { stop } = await player.worker.heartbeat(player.held.map(({ lease }) => lease.fence));
    this.#drop(
      player,
      player.held.filter(({ lease }) => stop.includes(lease.fence)),
    );
  }

  async #idleAway(times: number, players: readonly Player[] = this.#players): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      this.#world.clock.advance(2900);
      for (const player of players) {
        const isKnown = await player.worker.heartbeat(player.held.map(({ lease }) => lease.fence)).then(
          () => true,
          () => false,
        );
        if (!isKnown) await this.#join(this.#players.indexOf(player));
      }
    }
  }

  async #lose(index: number): Promise<void> {
    if (this.#losses >= lossLimit) return;
    const player = this.#players[index] as Player;
    this.#losses += 1;
    this.#drop(player, player.held);
    player.breakConnection();
    this.#world.clock.advance(this.#world.options.reconnectGrace_ms);
    await this.#join(index);
  }

  async #handBack(player: Player, held: Held): Promise<void> {
    const { run, fence, tasks } = held.lease;
    for (const { task, attempt } of tasks)
      await player.worker.send({ type: "released", run, fence, task, attempt, reason: "it had enough" });
    this.#drop(player, [held]);
  }

  /** A worker that holds something no more goes on all the same, and says so. */
  async #late(choice: number): Promise<void> {
    const held = this.#former[choice % Math.max(1, this.#former.length)];
    if (held === undefined) return;
    const { dropped } = await held.worker.send(...held.events.slice(0, Math.max(1, choice % (held.events.length + 1))));
    this.#seen.late += dropped.filter(({ reason }) => reason === "stale").length;
  }

  #drop(player: Player, gone: readonly Held[]): void {
    this.#former.push(...gone);
    player.held = player.held.filter((held) => !gone.includes(held));
  }
}

/** All that a worker sends of a task, case by case: of several with one name either all are left out or none. */
function eventsFor(lease: Lease, { task, attempt, finished = [] }: Lease["tasks"][number]): WorkerEvent[] {
  const { cases } = files[task] as (typeof files)[number];
  const base = { run: lease.run, fence: lease.fence, task, attempt };
  const countOf = (list: readonly string[], name: string) => list.filter((one) => one === name).length;
  const done = finished.map(([name = ""]) => name);
  const all = cases.map(({ name }) => name);
  const own = cases.filter(({ name }) => countOf(done, name) < countOf(all, name));
  const results = own.map(({ name, ordinal, fails, needs }): CaseResult => {
    const isBad = fails || (needs !== undefined && !own.some((other) => other.name === needs));
    return { path: [name], ordinal, status: isBad ? "failed" : "passed", duration_ms: 5, retries: 0 };
  });
  const outcome = results.some(({ status }) => status === "failed") ? "failed" : results.length === 0 ? "skipped" : "passed";
  return [
    { type: "started", ...base },
    ...results.map((result, first) => ({ type: "cases" as const, ...base, first, cases: [result] })),
    { type: "finished", ...base, outcome, duration_ms: 50, cases: results.length },
  ];
}

import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Lease, type WorkerEvent, addsUp, duplicateLimit } from "@shardwright/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type FakeWorker, World, caseOf, submissionOf } from "../testing/world.ts";

/** What each file of the run does, always; so there is one right verdict, whoever runs what and whatever dies. */
const files = [
  { file: "good-0.test.js", cases: 1, fails: false },
  { file: "good-1.test.js", cases: 3, fails: false },
  { file: "bad.test.js", cases: 2, fails: true },
  { file: "changes-things.test.js", cases: 1, fails: false, side_effects: true },
];
const max_retries = 1;
/** One fewer than it takes for a task to be held to kill its workers. */
const lossLimit = 2;

const names = ["ask", "go on", "hear", "idle away", "lose", "leave", "hand back", "say again", "other work", "restart"] as const;
const weights = { ask: 8, "go on": 10, "idle away": 5, hear: 2 } as Partial<Record<(typeof names)[number], number>>;
const steps = fc.array(
  fc.record({
    step: fc.oneof(...names.map((name) => ({ arbitrary: fc.constant(name), weight: weights[name] ?? 1 }))),
    worker: fc.nat({ max: 2 }),
    choice: fc.nat(),
  }),
  { minLength: 10, maxLength: 60 },
);

/** A worker is given something and lost: what chance may leave out. */
const surely = (["ask", "go on", "lose"] as const).map((step) => ({ step, worker: 0, choice: 0 }));

/** A lease as its worker sees it: what it would send, and how much of it was sent. */
interface Held {
  readonly lease: Lease;
  readonly events: readonly WorkerEvent[];
  sent: number;
}

interface Player {
  readonly worker: FakeWorker;
  readonly breakConnection: () => void;
  held: Held[];
}

test("whatever comes in between, each task ends once, with the one right verdict", async () => {
  const seen = { duplicates: 0, superseded: 0, lost: 0, promoted: 0 };
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      await using play = await Play.begin();
      for (const { step, worker, choice } of all) {
        await play.make(step, worker, choice);
        play.check();
      }
      await play.finish();
      play.check();
      play.judge(seen);
      await play.replay();
    }),
    { numRuns: 40, seed: 1, examples: [[surely]] },
  );
  // What is tried here must happen, or nothing is shown.
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(0);
});

class Play implements AsyncDisposable {
  readonly #world: World;
  readonly #run: string;
  readonly #players: Player[] = [];
  readonly #forgotten: { worker: FakeWorker; held: Held }[] = [];
  #workers = 0;
  #losses = 0;
  #otherRuns = 0;

  private constructor(world: World, run: string) {
    this.#world = world;
    this.#run = run;
  }

  static async begin(): Promise<Play> {
    const world = await World.open();
    const given = files.map(({ file, side_effects = false }) => ({ file, side_effects }));
    const { run } = await world.scheduler.submit(submissionOf(given, { options: { max_retries } }));
    const play = new Play(world, run);
    for (let index = 0; index < 3; index += 1) await play.#join(index);
    return play;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#world[Symbol.asyncDispose]();
  }

  async make(step: (typeof names)[number], index: number, choice: number): Promise<void> {
    const player = this.#players[index] as Player;
    const held = player.held[choice % Math.max(1, player.held.length)];
    switch (step) {
      case "ask":
        return this.#ask(player);
      case "go on":
        return held === undefined ? undefined : this.#send(player, held, held.sent + 1);
      case "hear":
        return this.#hear(player);
      case "idle away":
        return this.#idleAway(1 + (choice % 4));
      case "lose":
        return this.#losses < lossLimit ? this.#lose(index) : undefined;
      case "leave":
        this.#forget(player, player.held);
        await player.worker.leave();
        return this.#join(index);
      case "hand back":
        return held === undefined ? undefined : this.#handBack(player, held);
      case "say again":
        return this.#sayAgain(player, choice);
      case "other work":
        this.#otherRuns += 1;
        await this.#world.scheduler.submit(submissionOf(["other.test.js"], { run_key: `other ${this.#otherRuns}` }));
        return undefined;
      case "restart":
        return this.#restart();
    }
  }

  /** What must hold at every moment. */
  check(): void {
    const { queries } = this.#world.inside;
    const running = new Map<number, boolean[]>();
    for (const { task, status, duplicate } of queries.tasks.attempts(this.#run))
      if (status === "running") running.set(task, [...(running.get(task) ?? []), duplicate]);
    for (const row of queries.tasks.ofRun(this.#run)) {
      const attempts = running.get(row.task) ?? [];
      expect(row.status === "leased").toBe(attempts.length > 0);
      expect(attempts.length).toBeLessThanOrEqual(row.side_effects ? 1 : 2);
      expect(attempts.filter((isDuplicate) => isDuplicate).length).toBeLessThanOrEqual(1);
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
      for (const held of last.held) await this.#send(last, held, held.events.length);
      // The others say that they live, and nothing else, until somebody needs what they hold.
      if (turn % 2 === 1) await this.#idleAway(1, turn < 20 ? this.#players : [last]);
    }
  }

  /** What must hold in the end. */
  judge(seen: { duplicates: number; superseded: number; lost: number; promoted: number }): void {
    const { run, tasks, cases } = this.#world.report(this.#run);
    const attempts = this.#world.inside.queries.tasks.attempts(this.#run);
    expect(run).toMatchObject({ verdict: "failed", account: { discovered: 4, passed: 3, failed: 1, flaky: 0 } });
    expect(addsUp(run!.account)).toBe(true);
    expect(run?.cases).toBe(files.reduce((sum, file) => sum + file.cases, 0));
    // Only failures cost retries: no loss, no duplicate.
    expect(this.#world.inside.queries.runs.byId(this.#run)?.retries).toBe(max_retries);
    expect(attempts.filter(({ status }) => status === "failed")).toHaveLength(max_retries + 1);
    expect(new Set(cases.map((line) => line.split(" ").slice(0, 2).join(" "))).size).toBe(cases.length);
    for (const { task, current, status, side_effects } of tasks) {
      const own = attempts.filter((attempt) => attempt.task === task);
      expect(own.map(({ attempt }) => attempt)).toEqual(own.map((_, index) => index + 1));
      const counted = own.find(({ attempt }) => attempt === current);
      expect(counted?.status).toBe(status);
      expect(cases.filter((line) => line.startsWith(`${task}.${current} `))).toHaveLength(files[task]?.cases ?? -1);
      expect(own.filter(({ duplicate }) => duplicate).length).toBeLessThanOrEqual(side_effects ? 0 : 1);
      if (counted?.duplicate === true) seen.promoted += 1;
    }
    const duplicates = attempts.filter(({ duplicate }) => duplicate).length;
    expect(duplicates).toBeLessThanOrEqual(duplicateLimit(files.length));
    seen.duplicates += duplicates;
    for (const kind of ["superseded", "lost"] as const) seen[kind] += attempts.filter(({ status }) => status === kind).length;
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
    return ["runs", "tasks", "attempts", "cases", "notices", "timings"].map((table) =>
      client.prepare(`SELECT * FROM ${table} ORDER BY 1, 2, 3, 4`).all(),
    );
  }

  async #join(index: number): Promise<void> {
    this.#workers += 1;
    const worker = await this.#world.worker(`worker-${this.#workers}`);
    this.#players[index] = { worker, breakConnection: worker.connect(), held: [] };
  }

  async #ask(player: Player): Promise<void> {
    if (player.held.length > 0) return;
    for (const lease of await player.worker.lease()) {
      const isOther = lease.run !== this.#run;
      const events = lease.tasks.flatMap(({ task, attempt }) => eventsFor(lease, task, attempt, isOther));
      player.held.push({ lease, events, sent: 0 });
    }
  }

  /** Sends what comes next of a lease. A worker that does not know that its lease is gone is told so by the answers. */
  async #send(player: Player, held: Held, until: number): Promise<void> {
    const events = held.events.slice(held.sent, until);
    if (events.length === 0) return;
    const { dropped } = await player.worker.send(...events);
    held.sent += events.length;
    expect(dropped.map(({ reason }) => reason)).not.toContain("gap");
    if (dropped.some(({ reason }) => reason === "stale") || held.sent === held.events.length) this.#forget(player, [held]);
  }

  /** Takes in what it was told to stop. */
  async #hear(player: Player): Promise<void> {
    const { stop } = await player.worker.heartbeat(player.held.map(({ lease }) => lease.fence));
    this.#forget(
      player,
      player.held.filter(({ lease }) => stop.includes(lease.fence)),
    );
  }

  async #idleAway(times: number, players: readonly Player[] = this.#players): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      this.#world.clock.advance(2900);
      for (const player of players) {
        // One that was given up meanwhile has to register again.
        const isKnown = await player.worker.heartbeat(player.held.map(({ lease }) => lease.fence)).then(
          () => true,
          () => false,
        );
        if (!isKnown) await this.#join(this.#players.indexOf(player));
      }
    }
  }

  async #lose(index: number): Promise<void> {
    const player = this.#players[index] as Player;
    this.#losses += 1;
    this.#forget(player, player.held);
    player.breakConnection();
    this.#world.clock.advance(this.#world.options.reconnectGrace_ms);
    await this.#join(index);
  }

  async #handBack(player: Player, held: Held): Promise<void> {
    const { run, fence, tasks } = held.lease;
    for (const { task, attempt } of tasks)
      await player.worker.send({ type: "released", run, fence, task, attempt, reason: "it had enough" });
    this.#forget(player, [held]);
  }

  /** Something that was sent, or should have been, comes late or once more, from a worker that may be gone. */
  async #sayAgain(player: Player, choice: number): Promise<void> {
    const known = [...this.#forgotten, ...player.held.map((held) => ({ worker: player.worker, held }))];
    const { worker, held } = known[choice % Math.max(1, known.length)] ?? {};
    if (worker === undefined || held === undefined) return;
    const event = held.events[choice % held.events.length];
    if (event !== undefined && event.type !== "finished") await worker.send(event);
    else if (held.sent === held.events.length) await worker.send(...held.events);
  }

  #forget(player: Player, gone: readonly Held[]): void {
    this.#forgotten.push(...gone.map((held) => ({ worker: player.worker, held })));
    player.held = player.held.filter((held) => !gone.includes(held));
  }

  async #restart(): Promise<void> {
    await this.#world.restart();
    for (const [index, player] of this.#players.entries())
      this.#players[index] = { ...player, breakConnection: player.worker.connect() };
  }
}

/** All that a worker sends of a task: each file's cases one by one, so that anything may happen in between. */
function eventsFor(lease: Lease, task: number, attempt: number, isOther: boolean): WorkerEvent[] {
  const { cases, fails } = isOther ? { cases: 1, fails: false } : (files[task] as (typeof files)[number]);
  const base = { run: lease.run, fence: lease.fence, task, attempt };
  const results = Array.from({ length: cases }, (_, index) =>
    caseOf(`case-${index}`, fails && index === cases - 1 ? "failed" : "passed"),
  );
  return [
    { type: "started", ...base },
    ...results.map((result, first) => ({ type: "cases" as const, ...base, first, cases: [result] })),
    { type: "finished", ...base, outcome: fails ? "failed" : "passed", duration_ms: 50, cases },
  ];
}

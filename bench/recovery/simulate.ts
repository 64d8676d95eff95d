import { mulberry32 } from "../random.ts";
import { lowerBound_ms } from "./bound.ts";
import { VirtualClock } from "./clock.ts";
import type { Named, Policy } from "./coordinator.ts";
import { submissionOf } from "./submission.ts";
import { type Ledger, SimulatedWorker, type Surroundings } from "./worker.ts";
import type { File, World } from "./world.ts";

/** What came of one run under one policy. */
export interface Outcome {
  /** `green`: something fails, and the run does not say so; `red`: nothing does, and it says so. */
  readonly wrong: "green" | "red" | undefined;
  /** Files of which the run says what is not so. */
  readonly misnamed: number;
  readonly files: number;
  /** Of the time that tests ran, what was not spent on attempts that count and whose files are rightly named. */
  readonly wasted: number;
  /** Over what the machines that remained could have done at best. */
  readonly makespanRatio: number;
  readonly makespan_ms: number;
  readonly hasEnded: boolean;
}

/** A run that takes so many times the bound, and an hour, ends there. */
const patience = 20;
const hour_ms = 3_600_000;

/** Plays one run under a policy, in virtual time: the same world and policy give the same outcome. */
export async function simulate(world: World, policy: Policy): Promise<Outcome> {
  const clock = new VirtualClock();
  const coordinator = policy.begin(world, clock, mulberry32(world.seed + 1));
  try {
    const ledger: Ledger = { executed_ms: 0, attempts_ms: new Map(), begun: world.files.map(() => 0) };
    const submitted = coordinator.submit(submissionOf(world));
    for (const index of world.machines.keys()) keep({ world, clock, coordinator, ledger }, index);
    await submitted;
    const bound_ms = lowerBound_ms(world);
    const hasEnded = await clock.runUntil(() => coordinator.isOver, patience * bound_ms + hour_ms);
    const makespan_ms = clock.monotonic_ms();
    const { isGreen, named, counted } = coordinator.result();
    const isRightly = world.files.map((file, index) => isRight(file, named[index]));
    let useful_ms = 0;
    for (const [attempt, cost_ms] of ledger.attempts_ms)
      if (counted.has(attempt) && isRightly[Number.parseInt(attempt, 10)] === true) useful_ms += cost_ms;
    const isTrulyGreen = world.files.every(({ truth }) => truth === "passes" || truth === "flaky");
    return {
      wrong: isTrulyGreen === (isGreen ?? false) ? undefined : isTrulyGreen ? "red" : "green",
      misnamed: isRightly.filter((isFine) => !isFine).length,
      files: world.files.length,
      wasted: ledger.executed_ms === 0 ? 0 : 1 - useful_ms / ledger.executed_ms,
      makespanRatio: makespan_ms / bound_ms,
      makespan_ms,
      hasEnded,
    };
  } finally {
    coordinator.close();
  }
}

/** Has a machine's worker run, and run again whenever something ended it, as a supervisor would. */
function keep(around: Surroundings, index: number): void {
  const { clock, world } = around;
  const machine = world.machines[index];
  let life = 0;
  let worker: SimulatedWorker | undefined;
  const start = () => {
    life += 1;
    worker = new SimulatedWorker(around, index, life, () => {
      worker?.end({ isHeard: true });
      clock.after(machine?.restart_ms ?? 0, start);
    });
    worker.start();
  };
  start();
  for (const { from_ms, until_ms, how } of machine?.absences ?? []) {
    clock.after(from_ms, () => worker?.end({ isHeard: how === "killed" }));
    if (Number.isFinite(until_ms)) clock.after(until_ms, start);
  }
}

function isRight({ truth }: File, named: Named | undefined): boolean {
  switch (truth) {
    case "passes":
      return named === "passed";
    case "flaky":
      return named === "passed" || named === "flaky";
    case "fails":
      return named === "failed";
    case "kills":
      return named === "errored" || named === "failed";
  }
}

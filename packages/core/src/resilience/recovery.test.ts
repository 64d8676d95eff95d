import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type FailureKind, failureKindSchema } from "../model/attempt.ts";
import { blameFor } from "./blame.ts";
import { type RecoveryPolicy, type RecoveryStep, recover } from "./recovery.ts";
import { type RecoveryStrategy, builtInStrategies } from "./recovery-strategy.ts";
import { retryBudget } from "./retry-policy.ts";

const policy: RecoveryPolicy = { strategy: builtInStrategies.progressive, max_retries: 3, backoff_factor: 2 };
const kinds = fc.constantFrom(...failureKindSchema.options);
/** One that takes whatever it may, as far from giving up as can be. */
const arbitrary: RecoveryStrategy = { name: "arbitrary", decide: ({ allowed }) => allowed[0] ?? "give-up" };
const policies: fc.Arbitrary<RecoveryPolicy> = fc.record({
  strategy: fc.constantFrom(...Object.values<RecoveryStrategy>(builtInStrategies), arbitrary),
  max_retries: fc.nat({ max: 20 }),
  backoff_factor: fc.double({ min: 1, max: 10, noNaN: true }),
});

/** One task, whose every attempt goes wrong as told, alone in a run of so many. */
function play(story: readonly FailureKind[], of: RecoveryPolicy, tasks = 1000): RecoveryStep[] {
  let [failures, losses, level, spent] = [0, 0, 0, 0];
  const steps: RecoveryStep[] = [];
  for (const kind of story) {
    if (blameFor(kind).test) failures += 1;
    else losses += 1;
    const step = recover({ kind, failures, losses, level, spent, tasks }, of, () => 1);
    steps.push(step);
    if (step.action === "give-up") break;
    ({ level } = step);
    if (step.isRetry) spent += 1;
  }
  return steps;
}

const actionsOf = (...args: Parameters<typeof play>) => play(...args).map(({ action }) => action);
const always = (kind: FailureKind): FailureKind[] => Array.from({ length: 50 }, () => kind);

test("each retry goes further than the one before, from where the kind of the failure begins", () => {
  expect(actionsOf(always("assertion"), policy)).toEqual(["again", "elsewhere", "afresh", "give-up"]);
  expect(actionsOf(always("setup-error"), policy)).toEqual(["afresh", "afresh", "afresh", "give-up"]);
  expect(actionsOf(always("infrastructure"), policy)).toEqual(["elsewhere", "afresh", "give-up"]);
  expect(actionsOf(always("browser-crash"), { ...policy, max_retries: 0 })).toEqual(["elsewhere", "afresh", "give-up"]);
  expect(actionsOf(["assertion", "infrastructure", "assertion"], policy)).toEqual(["again", "elsewhere", "afresh"]);
});

test("after three that were begun afresh in vain none is any more", () => {
  const trouble = { kind: "setup-error", failures: 1, losses: 0, level: 0, spent: 0, tasks: 100 } as const;
  const actionAfter = (afreshInVain: number) => recover({ ...trouble, afreshInVain }, policy, () => 1).action;
  expect([2, 3].map(actionAfter)).toEqual(["afresh", "elsewhere"]);
});

test("aggressive begins a level further, minimal tries once more and that is all", () => {
  expect(actionsOf(always("assertion"), { ...policy, strategy: builtInStrategies.aggressive })).toEqual([
    "elsewhere",
    "afresh",
    "afresh",
    "give-up",
  ]);
  const minimal = { ...policy, strategy: builtInStrategies.minimal };
  expect(actionsOf(always("assertion"), minimal)).toEqual(["again", "give-up"]);
  expect(actionsOf(always("infrastructure"), minimal)).toEqual(["elsewhere", "give-up"]);
  expect(actionsOf(always("assertion"), { ...minimal, max_retries: 0 })).toEqual(["give-up"]);
});

test("whatever goes wrong, and in whatever order, a task is given up after a bounded number of attempts", () => {
  fc.assert(
    fc.property(fc.array(kinds, { minLength: 60, maxLength: 60 }), policies, (story, of) => {
      const steps = play(story, of);
      expect(steps.at(-1)?.action).toBe("give-up");
      expect(steps.length).toBeLessThanOrEqual(of.max_retries + 3);
    }),
  );
});

test("in whatever order the attempts of a run's tasks go wrong, it never spends more than its budget, and no task more than its retries", () => {
  const turns = fc.array(fc.record({ task: fc.nat({ max: 39 }), kind: kinds }), { maxLength: 400 });
  fc.assert(
    fc.property(turns, policies, fc.integer({ min: 40, max: 200 }), (story, of, tasks) => {
      const known = Array.from({ length: 40 }, () => ({ failures: 0, losses: 0, level: 0, retries: 0, isOver: false }));
      let spent = 0;
      for (const { task: index, kind } of story) {
        const task = known[index];
        if (task === undefined || task.isOver) continue;
        if (blameFor(kind).test) task.failures += 1;
        else task.losses += 1;
        const step = recover({ kind, ...task, spent, tasks }, of, () => 1);
        if (step.action === "give-up") {
          task.isOver = true;
          continue;
        }
        task.level = step.level;
        if (!step.isRetry) continue;
        task.retries += 1;
        spent += 1;
      }
      expect(spent).toBeLessThanOrEqual(retryBudget(tasks));
      for (const { retries } of known) expect(retries).toBeLessThanOrEqual(of.max_retries);
    }),
  );
});

test("what the machine is to blame for costs no retry, of the test or of the run", () => {
  fc.assert(
    fc.property(policies, fc.nat({ max: 30 }), (of, failures) => {
      const step = recover(
        { kind: "infrastructure", failures, losses: 1, level: 0, spent: retryBudget(1000), tasks: 1000 },
        of,
        () => 1,
      );
      expect(step).toMatchObject({ isRetry: false, delay_ms: 0 });
    }),
  );
});

test("a run's budget, and a runner that does not work at all, end retries that the task still had", () => {
  const trouble = { kind: "runner-error", failures: 1, losses: 0, level: 0, spent: 10, tasks: 20 } as const;
  expect(recover(trouble, policy, () => 1)).toEqual({ action: "give-up", level: 5, because: "budget" });
  expect(recover({ ...trouble, spent: 0, isHopeless: true }, policy, () => 1)).toMatchObject({ because: "hopeless" });
  expect(recover({ ...trouble, spent: 0 }, policy, () => 1)).toMatchObject({ action: "elsewhere", isRetry: true });
});

test("a failure that its runner calls conclusive is final, unless it is the machine's", () => {
  const failure = { kind: "assertion", message: "flaky", conclusive: true } as const;
  const trouble = { kind: "assertion", failures: 1, losses: 0, level: 0, spent: 0, tasks: 20, failure } as const;
  expect(recover(trouble, policy, () => 1)).toEqual({ action: "give-up", level: 5 });
  const full = { ...failure, kind: "infrastructure" } as const;
  const machines = { ...trouble, kind: full.kind, failures: 0, losses: 1, failure: full };
  expect(recover(machines, policy, () => 1)).toMatchObject({ action: "elsewhere" });
});

test("waits grow by the factor and stay within bounds", () => {
  const delays = play(always("assertion"), { ...policy, max_retries: 20, backoff_factor: 3 }).flatMap((step) =>
    step.action === "give-up" ? [] : [step.delay_ms],
  );
  expect(delays.slice(0, 6)).toEqual([250, 750, 2250, 6750, 20_250, 30_000]);
  expect(Math.max(...delays)).toBe(30_000);
});

import type { Failure, FailureKind, RecoveryAction } from "../model/attempt.ts";

/** An attempt that brought no result, and what became of the task before, as a recovery strategy is told of it. */
export interface FailedAttempt {
  readonly kind: FailureKind;
  /** Whom the failure is charged to: the test, which costs it a retry, or the machine. */
  readonly charged: "test" | "machine";
  /** Attempts charged to the test since the run was opened, this one included. */
  readonly failures: number;
  /** Attempts charged to machines since then, this one included. */
  readonly losses: number;
  /** Level of what was done last for the task: 1 again, 2 elsewhere, 3 afresh; 0 before anything was. */
  readonly level: number;
  /** Retries of one task that the run allows. */
  readonly max_retries: number;
  /** What may be answered: within the run's limits, and what has not proved to be in vain. */
  readonly allowed: readonly RecoveryAction[];
  /** Absent where nobody knows it, as in a simulation. */
  readonly task?: { readonly key: string; readonly suite: string; readonly file: string };
  readonly failure?: Failure;
}

/**
 * Decides what is done for a task whose attempt went wrong. It is asked on the leader, for each such attempt that the run's limits would let
 * run again, and answers at once. It can never allow more than the limits do.
 */
export interface RecoveryStrategy {
  /** For the setting `recovery-strategies`: lower case and dashes. */
  readonly name: string;
  /** A file that has failed before is begun on an idle worker as well, when it runs again. */
  readonly duplicatesEarly?: boolean;
  decide(attempt: FailedAttempt): RecoveryAction;
}

/** @throws Error that says, as the end of a sentence, what is wrong with the answer */
export function checkedAction(answer: unknown, allowed: readonly RecoveryAction[]): RecoveryAction {
  const action = allowed.find((one) => one === answer);
  if (action === undefined) throw new Error(`it has to answer ${allowed.join(", ")}, and not ${JSON.stringify(answer)}`);
  return action;
}

const ladder = ["again", "elsewhere", "afresh"] as const;

/** Each retry goes a level further than the one before; where it begins depends on what went wrong. */
const progressive: RecoveryStrategy = {
  name: "progressive",
  decide: ({ kind, level, allowed }) => stepAt(Math.max(usualFirstLevel[kind], level + 1), allowed),
};

/** The same, but from the second level on. */
const aggressive: RecoveryStrategy = {
  name: "aggressive",
  duplicatesEarly: true,
  decide: ({ kind, level, allowed }) => stepAt(Math.max(2, usualFirstLevel[kind], level + 1), allowed),
};

/** One retry, and one after a machine that failed. */
const minimal: RecoveryStrategy = {
  name: "minimal",
  decide: ({ kind, charged, failures, losses, allowed }) =>
    (charged === "test" ? failures : losses) > 1 ? "give-up" : stepAt(usualFirstLevel[kind], allowed),
};

/** Those that come with Shardwright; the first is used where nothing else is said. */
export const builtInStrategies = { progressive, aggressive, minimal } as const;

/** The step of a level, or the last one that is allowed. */
function stepAt(level: number, allowed: readonly RecoveryAction[]): RecoveryAction {
  return ladder.slice(0, level).findLast((action) => allowed.includes(action)) ?? "give-up";
}

const usualFirstLevel: Readonly<Record<FailureKind, number>> = {
  assertion: 1,
  // The machine may be slow, where it is not the test that hangs.
  "test-timeout": 2,
  crash: 1,
  "runner-error": 2,
  infrastructure: 2,
  // What was set up may be broken: it is not used again.
  "setup-error": 3,
  // The browser is another one in any case; what broke it may be what is special about this machine.
  "browser-crash": 2,
  unsatisfiable: 1,
};

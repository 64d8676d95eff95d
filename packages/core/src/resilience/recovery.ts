import type { FailureKind, Recovery, RecoveryAction } from "../model/attempt.ts";
import { type BackoffPolicy, fullJitter_ms } from "./backoff.ts";
import { blameFor } from "./blame.ts";
import { type FailedAttempt, type RecoveryStrategy, checkedAction } from "./recovery-strategy.ts";
import { afterFailure, lossLimit } from "./retry-policy.ts";

const actions = ["again", "elsewhere", "afresh"] as const;
/** The fourth is what is done to a worker: it is quarantined. */
const givenUpLevel = 5;

export interface RecoveryPolicy {
  readonly strategy: RecoveryStrategy;
  /** Retries of one task. */
  readonly max_retries: number;
  /** By how much the bound of the wait grows with each retry. */
  readonly backoff_factor: number;
}

/** What is known of a task when an attempt of it has brought no result. */
export interface Trouble extends Pick<FailedAttempt, "task" | "failure"> {
  readonly kind: FailureKind;
  /** Attempts that cost a retry since the run was opened, this one included. */
  readonly failures: number;
  /** Attempts that the machine is to blame for since the run was opened, this one included. */
  readonly losses: number;
  /** Level of what was done last for the task, 0 before anything was. */
  readonly level: number;
  /** Retries the run has spent so far, on all tasks. */
  readonly spent: number;
  /** Tasks in the run's manifest. */
  readonly tasks: number;
  /** Retries that the run may spend, as a share of these. */
  readonly share?: number | undefined;
  /** Nothing that is run in this way works at the moment: to try once more tells nothing new. */
  readonly isHopeless?: boolean;
  /** How many attempts of the run's tasks, one after the other, went wrong in a new process and checkout as they had before. */
  readonly afreshInVain?: number;
}

export type RecoveryStep =
  | {
      readonly action: Exclude<RecoveryAction, "give-up">;
      /** 1 to 3. */
      readonly level: number;
      /** How long the task waits before it is dealt again. */
      readonly delay_ms: number;
      /** It costs the test and the run a retry. */
      readonly isRetry: boolean;
    }
  | {
      readonly action: "give-up";
      readonly level: number;
      /**
       * Its own retries are spent, or the run's; it took too many workers with it; or its runner does not work at all. Absent where its
       * failure is conclusive, and says why.
       */
      readonly because?: Exclude<NonNullable<Recovery["because"]>, "resumed">;
    };

/** A new checkout may take minutes to set up. So many that changed nothing say that what fails here fails by itself. */
const afreshInVainLimit = 3;

/** Bounds of the wait before a retry. */
const backoff: Pick<BackoffPolicy, "base_ms" | "cap_ms"> = { base_ms: 250, cap_ms: 30_000 };

/**
 * Decides what becomes of a task: the strategy chooses among what the run's limits leave. Which of the limits ends it: see `RecoveryStep`.
 * @param random from 0 to less than 1
 * @throws what the strategy throws; Error for an answer that is none
 */
export function recover(trouble: Trouble, policy: RecoveryPolicy, random: () => number): RecoveryStep {
  const { kind, failures, losses, spent, tasks, share, isHopeless = false, afreshInVain = 0, task, failure } = trouble;
  const { strategy, max_retries } = policy;
  const isRetry = blameFor(kind).test;
  if (isRetry && failure?.conclusive === true) return { action: "give-up", level: givenUpLevel };
  const decision = isRetry ? afterFailure({ failures, max_retries, spent, tasks, share }) : "retry";
  if (decision === "final") return { action: "give-up", level: givenUpLevel, because: "retries" };
  if (!isRetry && losses >= lossLimit) return { action: "give-up", level: givenUpLevel, because: "losses" };
  const steps = afreshInVain < afreshInVainLimit ? actions : actions.slice(0, -1);
  const allowed = [...steps, "give-up"] as const;
  const charged = isRetry ? "test" : "machine";
  const { level: before } = trouble;
  const known = {
    kind,
    charged,
    failures,
    losses,
    level: before,
    max_retries,
    allowed,
    ...(task && { task }),
    ...(failure && { failure }),
  } as const;
  const action = checkedAction(strategy.decide(known), allowed);
  if (action === "give-up") return { action, level: givenUpLevel, because: isRetry ? "retries" : "losses" };
  if (decision === "budget-spent") return { action: "give-up", level: givenUpLevel, because: "budget" };
  if (isRetry && isHopeless) return { action: "give-up", level: givenUpLevel, because: "hopeless" };
  // A machine that is gone is no reason to wait the first time: what ran there is not at fault.
  const delay_ms =
    !isRetry && losses <= 1
      ? 0
      : fullJitter_ms(isRetry ? failures : losses - 1, { ...backoff, factor: policy.backoff_factor }, random);
  return { action, level: actions.indexOf(action) + 1, delay_ms, isRetry };
}

import type { TuningParameter } from "../../model/tuning.ts";
import type { Tally } from "./tally.ts";

/** Another value for a parameter, and what was seen that speaks for it. */
export interface Proposal {
  readonly to: number;
  readonly reason: string;
}

/** What may be tuned: between which bounds, by what it is judged, and what has to be seen before another value is tried. */
export interface ParameterDefinition {
  readonly name: TuningParameter;
  /** Of its values: seconds, or a share of something. */
  readonly unit: "s" | "share";
  readonly describe: string;
  /** What a trial is to lessen, in words. */
  readonly objective: string;
  readonly default: number;
  readonly low: number;
  readonly high: number;
  /** A value that lessens it by less than this share is not kept. */
  readonly leastGain: number;
  /** The next value to try by what was lately seen; undefined where nothing speaks for another one. It may lie outside the bounds. */
  readonly propose: (recent: Tally, value: number) => Proposal | undefined;
  /** What a block of work has cost, whatever it consisted of; undefined where it does not say. */
  readonly cost: (block: Tally) => number | undefined;
}

export type ParameterDefinitions = Readonly<Record<TuningParameter, ParameterDefinition>>;

/** From these on something is seen often enough to be told from an accident. */
const enough = { leases: 40, losses: 2, attempts: 20, beats: 20, retries: 20 } as const;
/** This share of slot time beside the tests is worth a trial; this little leaves nothing to be gained. */
const overheadShare = { much: 0.05, little: 0.01 } as const;
/** Tests that take so many times longer side by side than with room would be done sooner one after the other. */
const crowding = 1.6;
/** Heartbeats that tell of hardly any memory left. */
const shortShare = 0.1;
/** Retries mostly help from here on; hardly ever, up to there. */
const helpful = { mostly: 0.5, hardly: 0.05 } as const;
const concurrencyStep = 0.25;

/**
 * What there is to tune, around the values that a coordinator was started with. These are always within the bounds, whatever they are.
 * @param defaults in the units of the definitions
 */
export function parameterDefinitions(defaults: Readonly<Record<TuningParameter, number>>): ParameterDefinitions {
  const around = (name: TuningParameter, low: number, high: number) => ({
    name,
    default: defaults[name],
    low: Math.min(low, defaults[name]),
    high: Math.max(high, defaults[name]),
  });
  return {
    "batch-length": {
      ...around("batch-length", 0.25, 16),
      unit: "s",
      describe: "the longest batch of tests that a worker is handed at once",
      objective: "the time that work takes over the least it could take",
      leastGain: 0.03,
      propose: (recent, value) => proposeBatchLength(recent, value, defaults["batch-length"]),
      cost: stretchOf,
    },
    // Workers plan how long they wait for an answer by what it was when they came: it may be longer than that, not shorter.
    "lease-time": {
      ...around("lease-time", defaults["lease-time"], 8 * defaults["lease-time"]),
      unit: "s",
      describe: "how long a worker may be silent before what it runs is given to another one",
      objective: "the slot time that is thrown away with lost leases",
      leastGain: 0.01,
      propose: (recent, value) =>
        proposePatience(value, defaults["lease-time"], {
          lost: recent.lost_silent,
          wrong: recent.false_silent,
          what: "were given up for being silent",
        }),
      cost: wasteOf,
    },
    "reconnect-time": {
      ...around("reconnect-time", 0.5, 32),
      unit: "s",
      describe: "how long a worker whose connection broke may take to come back",
      objective: "the slot time that is thrown away with lost leases",
      leastGain: 0.01,
      propose: (recent, value) =>
        proposePatience(value, defaults["reconnect-time"], {
          lost: recent.lost_cut,
          wrong: recent.false_cut,
          what: "were given up because their connection had broken",
        }),
      cost: wasteOf,
    },
    concurrency: {
      ...around("concurrency", concurrencyStep, 1),
      unit: "share",
      describe: "which share of its slots a worker is handed tests for; one slot at least",
      objective: "the time that work takes over what it should take by its history",
      leastGain: 0.05,
      propose: (recent, value) => proposeConcurrency(recent, value, defaults.concurrency),
      cost: slownessOf,
    },
    "retry-budget": {
      ...around("retry-budget", 0.1, 0.5),
      unit: "share",
      describe: "retries that a run may spend, as a share of its files; ten at least",
      objective: "the slot time that retries cost which fail again, and runs that fail for want of one",
      leastGain: 0.02,
      propose: proposeRetryBudget,
      cost: retryCostOf,
    },
  };
}

/** A value as it may be set. */
export function within({ low, high }: ParameterDefinition, value: number): number {
  return Math.min(high, Math.max(low, Math.round(value * 1000) / 1000));
}

function proposeBatchLength(recent: Tally, value: number, usual: number): Proposal | undefined {
  const { leases, overhead_ms, tests_ms, tasks } = recent;
  if (leases < enough.leases || tests_ms <= 0) return undefined;
  const share = overhead_ms / (overhead_ms + tests_ms);
  const said = `${percent(share)} of the slot time went into handing out ${leases} leases`;
  // Where two tests do not fit into one, a longer batch is the same batch.
  const fits = (2 * tests_ms) / Math.max(1, tasks) <= 2 * value * 1000;
  if (share >= overheadShare.much && fits) return { to: 2 * value, reason: said };
  if (share <= overheadShare.little && value > usual) return { to: value / 2, reason: `only ${said}` };
  return undefined;
}

interface Losses {
  readonly lost: number;
  /** Those of them that had been there all the time. */
  readonly wrong: number;
  readonly what: string;
}

function proposePatience(value: number, usual: number, { lost, wrong, what }: Losses): Proposal | undefined {
  if (wrong >= enough.losses)
    return { to: 2 * value, reason: `${wrong} of ${lost} workers that ${what} were there all the time` };
  if (wrong === 0 && lost >= enough.losses && value > usual)
    return { to: value / 2, reason: `${lost} workers ${what}, and none of them was there` };
  return undefined;
}

function proposeConcurrency(recent: Tally, value: number, usual: number): Proposal | undefined {
  const { beats, beats_short, crowded, crowded_log, roomy, roomy_log } = recent;
  const short = beats < enough.beats ? 0 : beats_short / beats;
  const isKnown = crowded >= enough.attempts && roomy >= enough.attempts;
  const factor = isKnown ? Math.exp(crowded_log / crowded - roomy_log / roomy) : 1;
  const less = value - concurrencyStep;
  if (short >= shortShare)
    return { to: less, reason: `${percent(short)} of the heartbeats of busy workers told of hardly any memory left` };
  if (factor >= crowding)
    return {
      to: less,
      reason: `tests took ${factor.toFixed(1)} times as long on workers that were full as on those that were not`,
    };
  if (value < usual && beats >= enough.beats)
    return { to: value + concurrencyStep, reason: "workers have slots left, and memory" };
  return undefined;
}

function proposeRetryBudget({ retries, retries_passed, given_up, runs_spent }: Tally, value: number): Proposal | undefined {
  if (retries < enough.retries || runs_spent < enough.losses) return undefined;
  const share = retries_passed / retries;
  const said = `${percent(share)} of ${retries} retries passed`;
  if (share >= helpful.mostly)
    return { to: 1.5 * value, reason: `${given_up} tests were not run again for want of retries, while ${said}` };
  if (share <= helpful.hardly) return { to: value / 1.5, reason: `${runs_spent} runs spent all their retries, and only ${said}` };
  return undefined;
}

function stretchOf({ open_ms, least_ms }: Tally): number | undefined {
  return least_ms > 0 && open_ms > 0 ? open_ms / least_ms : undefined;
}

function slownessOf(block: Tally): number | undefined {
  const stretch = stretchOf(block);
  const { known_ms, expected_ms } = block;
  return stretch === undefined || expected_ms <= 0 || known_ms <= 0 ? undefined : (stretch * known_ms) / expected_ms;
}

function wasteOf({ tests_ms, thrown_ms }: Tally): number | undefined {
  return tests_ms > 0 ? 1 + thrown_ms / tests_ms : undefined;
}

/** A run that fails only for want of a retry has to be run once more as a whole. How many did is guessed by how many retries passed. */
function retryCostOf({
  tests_ms,
  runs,
  retries,
  retries_passed,
  retries_failed_ms,
  given_up,
  runs_spent,
}: Tally): number | undefined {
  if (tests_ms <= 0) return undefined;
  const passes = Math.min(1, (retries_passed + 0.5) / (retries + 1));
  const again = runs_spent * (1 - (1 - passes) ** (given_up / Math.max(1, runs_spent)));
  return 1 + (retries_failed_ms + (again * tests_ms) / Math.max(1, runs)) / tests_ms;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

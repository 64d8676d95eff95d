import type { CoordinatorHealth, CoordinatorTerm, Readings } from "../model/coordinator-health.ts";

export interface CoordinatorHealthInput {
  /** What it said last; undefined for one that says nothing. */
  readonly readings: Readings | undefined;
  /** What a write of the log takes the other coordinators, the middle one of them; undefined where none of them says. */
  readonly peers_ms: number | undefined;
  /** Suspicion by its heartbeats. */
  readonly phi: number;
  /** Committed entries that it lacks. */
  readonly lag: number;
}

/** Points that each term can cost at most; one at its worst is enough for those that keep a coordinator from leading well. */
const most = { disk: 35, heartbeat: 35, loop: 35, resources: 35, lag: 25, repairs: 15 } as const;
/**
 * From where on something costs, and where it costs all it can. How slow a disk is counts beside the others', since what they all wait for
 * is no one's fault; below `quick_ms` nobody is slow.
 */
const ranges = {
  times: [4, 20],
  phi: [1, 8],
  loop_ms: [50, 400],
  memory_mib: [256, 32],
  disk_mib: [2048, 256],
  lag: [1000, 20_000],
} as const;
const quick_ms = 5;
/** Repairs within an hour that cost all. */
const repairsMost = 3;
const mebibyte = 1024 * 1024;

/** How well a coordinator is, from 100 to 0: 100 less what each term costs. */
export function coordinatorHealthOf({ readings, peers_ms, phi, lag }: CoordinatorHealthInput): CoordinatorHealth {
  const shares: Record<CoordinatorTerm["name"], number> = {
    disk: readings === undefined ? 0 : slowness(readings, peers_ms),
    heartbeat: within(phi, ranges.phi),
    loop: within(readings?.loop_delay_ms ?? 0, ranges.loop_ms),
    resources:
      readings === undefined
        ? 0
        : Math.max(within(readings.memory_mib, ranges.memory_mib), within(readings.disk.free_bytes / mebibyte, ranges.disk_mib)),
    lag: within(lag, ranges.lag),
    repairs: readings === undefined ? 0 : readings.is_lacking ? 1 : Math.min(1, readings.repairs / repairsMost),
  };
  const terms = (Object.keys(most) as CoordinatorTerm["name"][]).map((name) => ({
    name,
    cost: Math.round(10 * most[name] * shares[name]) / 10,
    most: most[name],
  }));
  const cost = terms.reduce((sum, term) => sum + term.cost, 0);
  return { score: Math.max(0, Math.round(100 - cost)), terms };
}

function slowness({ sync_ms, stalled_ms }: Readings, peers_ms: number | undefined): number {
  if (stalled_ms !== undefined) return 1;
  return within((sync_ms ?? 0) / Math.max(quick_ms, peers_ms ?? quick_ms), ranges.times);
}

/** Where a value lies between where it begins to matter, 0, and where it cannot be worse, 1. */
function within(value: number, [from, to]: readonly [number, number]): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}

/** A coordinator, as one that may lead in another's place is looked at. */
export interface Candidate {
  readonly id: string;
  readonly score: number;
  /** It votes, has tables and all entries or nearly so, and says how it is. */
  readonly isFit: boolean;
}

export interface LeaderTerms {
  /** Below this a coordinator is not well; 0 for no such limit. */
  readonly threshold: number;
  /** So much better another one has to be. */
  readonly better: number;
  /** For so long. */
  readonly sustained_ms: number;
  /** Between one handover and the next. */
  readonly again_ms: number;
}

export const leaderTerms: Omit<LeaderTerms, "threshold"> = { better: 15, sustained_ms: 10_000, again_ms: 600_000 };

export interface LeaderLook {
  readonly own: number;
  readonly others: readonly Candidate[];
  /** How long ago leadership was last handed over, or was to be, as far as is known. */
  readonly handedOver_ms: number;
  readonly now_ms: number;
}

/** Since when somebody else had better lead, if so: what is remembered from one look to the next. */
export interface Unease {
  readonly since_ms: number;
  readonly to: string;
}

/**
 * Whether a leader that is not well should hand over, and to whom: to a coordinator that is well, can lead at once, and has been better by
 * enough for long enough; never soon after another handover, so that leadership does not go back and forth.
 */
export function judgeLeader(
  before: Unease | undefined,
  { own, others, handedOver_ms, now_ms }: LeaderLook,
  { threshold, better, sustained_ms, again_ms }: LeaderTerms,
): { readonly unease: Unease | undefined; readonly handOverTo: string | undefined } {
  const fit = others.filter(({ isFit, score }) => isFit && score >= threshold && score >= own + better);
  // The one that was chosen before stays so as long as it will do.
  const best = fit.find(({ id }) => id === before?.to) ?? fit.toSorted((one, other) => other.score - one.score)[0];
  if (own >= threshold || best === undefined) return { unease: undefined, handOverTo: undefined };
  const unease = before?.to === best.id ? before : { since_ms: now_ms, to: best.id };
  const isDue = now_ms - unease.since_ms >= sustained_ms && handedOver_ms >= again_ms;
  return { unease, handOverTo: isDue ? best.id : undefined };
}

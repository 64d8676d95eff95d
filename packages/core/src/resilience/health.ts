import type { Breaker } from "../model/breaker.ts";
import type { Health, HealthTerm, Room, Standing } from "../model/health.ts";

export interface HealthInput {
  /** What became of its last attempts: whether it was at fault, may have been, or showed that it works. */
  readonly attempts: readonly ("good" | "doubtful" | "bad")[];
  /** Suspicion by its heartbeats. */
  readonly phi: number;
  /** What its machine has left, if it said so. */
  readonly room: Room | undefined;
  readonly breaker: Pick<Breaker, "phase" | "opens">;
  /** How slow it is among its like; 1 is as fast as they are. */
  readonly pace: number;
}

/** Points that each term can cost at most. Together they are more than 100: one that is at its worst is enough to stop a worker, but speed. */
const most = { errors: 40, heartbeat: 35, resources: 35, breaker: 20, speed: 15 } as const;
/** Attempts that are believed to have gone well before any did. */
const goodFaith = 4;
/** At this suspicion it has as good as stopped. */
const surePhi = 8;
/** From where on something costs, and where it costs all it can. A busy processor is no illness: it shows as speed. */
const ranges = { memory_mib: [1024, 128], disk_mib: [4096, 256], pace: [2, 10] } as const;

/**
 * How well a worker is, from 100 to 0: 100 less what each term costs. Attempts count twice their share, so that one half of them going
 * wrong costs as much as all; of what its machine has left, what is shortest counts.
 */
export function healthOf({ attempts, phi, room, breaker, pace }: HealthInput): Health {
  const wrong = attempts.reduce((sum, each) => sum + (each === "bad" ? 1 : each === "doubtful" ? 0.5 : 0), 0);
  const shares: Record<HealthTerm["name"], number> = {
    errors: Math.min(1, (2 * wrong) / (attempts.length + goodFaith)),
    heartbeat: Math.min(1, phi / surePhi),
    resources:
      room === undefined ? 0 : Math.max(within(room.memory_mib, ranges.memory_mib), within(room.disk_mib, ranges.disk_mib)),
    breaker: breaker.phase === "closed" ? Math.min(1, breaker.opens / 4) : 1,
    speed: within(pace, ranges.pace),
  };
  const terms = (Object.keys(most) as HealthTerm["name"][]).map((name) => ({
    name,
    cost: Math.round(10 * most[name] * shares[name]) / 10,
    most: most[name],
  }));
  const cost = terms.reduce((sum, term) => sum + term.cost, 0);
  return { score: Math.max(0, Math.round(100 - cost)), terms };
}

/** A worker below the threshold gets nothing; one that was, and is above it again, one task at a time until some of them have gone well. */
export function standingAfter(
  standing: Standing,
  { score, threshold, isProven }: { readonly score: number; readonly threshold: number; readonly isProven: boolean },
): Standing {
  if (score < threshold) return "unwell";
  if (standing === "well" || (standing === "probation" && isProven)) return "well";
  return "probation";
}

/** Where a value lies between where it begins to matter, 0, and where it cannot be worse, 1. */
function within(value: number, [from, to]: readonly [number, number]): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}

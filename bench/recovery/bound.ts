import type { Machine, World } from "./world.ts";

/** How much of a test a machine does in a millisecond, between two moments. */
interface Stretch {
  readonly from_ms: number;
  readonly until_ms: number;
  readonly rate: number;
}

/**
 * A time that no policy can beat, in milliseconds, for the machines that remain: the longest file on the machine that has it done first, or
 * the whole work on all machines together, whichever is more. A machine counts while it is there, well, and at the speed that it then has; no
 * machine counts for what needs a service that is away. Each file counts once. Starts of frameworks, round trips, what is repeated and the
 * time until anything is noticed are not in it: they are charged to the policies.
 */
export function lowerBound_ms(world: World): number {
  const files = world.files.flatMap(({ work_ms, truth }, index) => (truth === "kills" ? [] : [{ work_ms, index }]));
  const needsService = (index: number) => world.outage?.struck.has(index) === true;
  const total = files.reduce((sum, { work_ms }) => sum + work_ms, 0);
  const without = files.reduce((sum, { work_ms, index }) => sum + (needsService(index) ? 0 : work_ms), 0);
  const longest = files.reduce((most, { work_ms }) => Math.max(most, work_ms), 0);
  const stretches = world.machines.map(stretchesOf);
  const first_ms = Math.min(...stretches.flat().map((stretch) => endOf(stretch, longest)));
  return Math.max(first_ms, sharedEnd_ms(stretches.flat(), total, world.outage, without));
}

/** When a machine does nothing useful, and how fast it is otherwise. */
export function stretchesOf({ speed, slower, sick, absences }: Machine): Stretch[] {
  const end_ms = sick?.from_ms ?? Number.POSITIVE_INFINITY;
  const changes = [0, slower?.from_ms ?? 0, ...absences.flatMap(({ from_ms, until_ms }) => [from_ms, until_ms]), end_ms];
  const moments = [...new Set(changes)].filter((at_ms) => at_ms <= end_ms).sort((a, b) => a - b);
  return moments.flatMap((from_ms, index) => {
    const until_ms = moments[index + 1] ?? Number.POSITIVE_INFINITY;
    const isAway = absences.some((absence) => absence.from_ms <= from_ms && from_ms < absence.until_ms);
    if (isAway || from_ms >= end_ms) return [];
    const rate = slower !== undefined && from_ms >= slower.from_ms ? speed / slower.factor : speed;
    return [{ from_ms, until_ms, rate }];
  });
}

function endOf({ from_ms, until_ms, rate }: Stretch, work: number): number {
  const end_ms = from_ms + work / rate;
  return end_ms <= until_ms ? end_ms : Number.POSITIVE_INFINITY;
}

/** When all machines together have done the work; while a service is away, no more of it than what does not need it. */
function sharedEnd_ms(stretches: readonly Stretch[], total: number, outage: World["outage"], withoutService: number): number {
  const moments = [outage?.from_ms ?? 0, outage?.until_ms ?? 0, ...stretches.flatMap((each) => [each.from_ms, each.until_ms])];
  const sorted = [...new Set([0, ...moments])].filter(Number.isFinite).sort((a, b) => a - b);
  let left = total;
  for (const [index, at_ms] of sorted.entries()) {
    const next_ms = sorted[index + 1] ?? Number.POSITIVE_INFINITY;
    const working = stretches.filter(({ from_ms, until_ms }) => from_ms <= at_ms && at_ms < until_ms);
    const rate = working.reduce((sum, stretch) => sum + stretch.rate, 0);
    const isAway = outage !== undefined && outage.from_ms <= at_ms && at_ms < outage.until_ms;
    const doable = Math.min(rate === 0 ? 0 : rate * (next_ms - at_ms), isAway ? withoutService : Number.POSITIVE_INFINITY);
    if (left <= doable) return rate === 0 ? at_ms : at_ms + left / rate;
    left -= doable;
  }
  return Number.POSITIVE_INFINITY;
}

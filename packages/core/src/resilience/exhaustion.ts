import { type Point, theilSen } from "./theil-sen.ts";

/** When something will be used up, by the clock of its readings. */
export interface Exhaustion {
  readonly earliest_ms: number;
  readonly likely_ms: number;
  readonly latest_ms: number;
}

interface Span extends Point {
  readonly dip: number;
}

/** Readings of one resource: what is left of it. A value; each reading makes a new one. */
export interface Supply {
  /** Spans of time, oldest first: the most that was left in each, and by how much less it was for a moment. */
  readonly spans: readonly Span[];
  /** The span that has not ended. */
  readonly open: Span | undefined;
  /** Since the last recovery: the most, when that was, and the least after it. */
  readonly high: Point | undefined;
  readonly low: Point | undefined;
  /** The least from which it has recovered, and how long it had been falling then at most. */
  readonly recoveredFrom: number;
  readonly longestFall_ms: number;
  /** How often in a row it looked as if it would be used up, and as if it would not. */
  readonly bad: number;
  readonly good: number;
  readonly foretold: Exhaustion | undefined;
}

export const newSupply: Supply = {
  spans: [],
  open: undefined,
  high: undefined,
  low: undefined,
  recoveredFrom: Number.POSITIVE_INFINITY,
  longestFall_ms: 0,
  bad: 0,
  good: 0,
  foretold: undefined,
};

export interface SupplyTerms {
  /** How long a span is: several readings. Only the most that was left in it counts, so that what is used for a moment does not. */
  readonly span_ms: number;
  /** At this little it is used up. */
  readonly floor: number;
  /** Less than this is no change. */
  readonly grain: number;
}

/** Spans that are looked back at, those without which nothing is said, and those looked ahead. */
const lookedBack = 40;
const least = 12;
const lookedAhead = 20;
/** It is not looked ahead for more than so many times as long as it was seen to fall. */
const reach = 2;
/** Nothing is said before only this share of the most is left: most of what falls levels off, or is freed, before. */
const low = 0.2;
/** How sure it has to be that it falls at all, in standard deviations. */
const sureness = 2.58;
/** The same of the second half of the fall. */
const latelySure = 2.2;
/** So often in a row before it is foretold, and before that is taken back. */
const insists = 4;
const relents = 12;
/** What rises by this share of what it fell has recovered. */
const recovery = 0.5;
/** What falls for so many times as long as it ever did before it recovered does not follow that pattern. */
const longer = 2;
/** And what goes below this share of the least from which it recovered. */
const deeper = 0.7;
/** In so many spans of all it is not further below the line than is usual. */
const usual = 0.9;
/** A slope that is this share of what it was has not changed. */
const steady = 0.8;
/** What falls less and less has to be on its way to so many times what is left. */
const doubt = 1.8;

/** Adds a reading. @param at_ms by a clock that does not go back */
export function withReading(supply: Supply, at_ms: number, value: number, terms: SupplyTerms): Supply {
  const { open } = supply;
  const begun: Span = { at_ms, value, dip: 0 };
  if (open === undefined) return { ...supply, open: begun };
  if (at_ms - open.at_ms < terms.span_ms) {
    const most = Math.max(open.value, value);
    const dip = most - Math.min(open.value - open.dip, value);
    return { ...supply, open: { at_ms: open.at_ms, value: most, dip } };
  }
  const spans = [...supply.spans, open].slice(-lookedBack);
  const closed = withSpan({ ...supply, spans, open: begun }, open, terms);
  const coming = exhaustionOf(closed, terms);
  if (coming === undefined) {
    const good = closed.good + 1;
    return { ...closed, bad: 0, good, foretold: good < relents ? closed.foretold : undefined };
  }
  const bad = closed.bad + 1;
  return { ...closed, bad, good: 0, foretold: bad < insists ? closed.foretold : coming };
}

/** Whether enough was seen to say that it will not be used up. */
export function isInformed({ spans }: Supply): boolean {
  return spans.length >= least + insists;
}

/** Notes whether what is left has risen again after a fall: what was foretold of that fall did not come about. */
function withSpan(supply: Supply, now: Point, { grain }: SupplyTerms): Supply {
  const { high = now, low: lowest = now } = supply;
  if (now.value <= lowest.value) return { ...supply, high, low: now };
  if (now.value - lowest.value < Math.max(grain, recovery * (high.value - lowest.value)))
    return now.value > high.value ? { ...supply, high: now, low: now } : supply;
  return {
    ...supply,
    high: now,
    low: now,
    recoveredFrom: Math.min(supply.recoveredFrom, lowest.value),
    longestFall_ms: Math.max(supply.longestFall_ms, lowest.at_ms - high.at_ms),
    foretold: undefined,
  };
}

/**
 * When it will be used up, if it goes on as it did: along the line of Theil and Sen through the most that was left in each span, with that
 * line's bounds, less what it usually is below that line for a moment. Nothing is said of what levels off, of what lies farther ahead than
 * it was seen to fall, and of a fall that has neither gone clearly deeper nor lasted much longer than those from which it has recovered.
 */
function exhaustionOf(supply: Supply, { span_ms, floor, grain }: SupplyTerms): Exhaustion | undefined {
  const { spans, high, recoveredFrom, longestFall_ms } = supply;
  const last = spans.at(-1);
  if (last === undefined || high === undefined || spans.length < least) return undefined;
  const isDeeper = last.value - floor < deeper * (recoveredFrom - floor);
  if (!isDeeper && last.at_ms - high.at_ms <= longer * longestFall_ms) return undefined;
  // Of what was before the last recovery the line would know nothing good.
  const falling = spans.filter(({ at_ms }) => at_ms >= high.at_ms);
  const [first] = falling;
  if (first === undefined || falling.length < least || first.value - last.value < 4 * grain) return undefined;
  const whole = theilSen(falling, sureness);
  if (whole === undefined || whole.until >= 0) return undefined;
  const half = Math.floor(falling.length / 2);
  const before = theilSen(falling.slice(0, half), sureness);
  const lately = theilSen(falling.slice(-half), latelySure);
  if (before === undefined || lately === undefined || lately.until >= 0) return undefined;
  const dips = falling
    .slice(-half)
    .map(({ at_ms, value, dip }) => lately.end + lately.slope * (at_ms - last.at_ms) - value + dip);
  dips.sort((a, b) => a - b);
  const usualDip = Math.max(0, dips[Math.floor(usual * dips.length)] ?? 0);
  // Not where the line ends: what has stopped falling stays above it.
  const present = falling.slice(-3).map((span) => span.value);
  const left = Math.max(0, (present.toSorted((a, b) => a - b)[1] ?? last.value) - floor);
  const reachable = Math.max(0, left - usualDip);
  if (reachable > low * (high.value - floor)) return undefined;
  const fall = { before: before.slope, lately: lately.slope, half_ms: (last.at_ms - first.at_ms) / 2 };
  if (levelsOff({ ...fall, left: reachable })) return undefined;
  const likely_ms = reachable / -Math.min(whole.slope, (whole.slope + lately.slope) / 2);
  if (likely_ms > Math.min(lookedAhead * span_ms, reach * (last.at_ms - first.at_ms))) return undefined;
  const soonest_ms = Math.max(0, left - (dips.at(-1) ?? 0)) / -Math.min(whole.from, lately.slope);
  return {
    earliest_ms: last.at_ms + Math.min(likely_ms, soonest_ms),
    likely_ms: last.at_ms + likely_ms,
    latest_ms: last.at_ms + Math.max(likely_ms, left / -whole.until),
  };
}

/** Whether there will be some left in the end, if in each span of time the slope becomes less by the same factor as it did. */
function levelsOff(fall: { before: number; lately: number; half_ms: number; left: number }): boolean {
  const { before, lately, half_ms, left } = fall;
  const factor = lately / before;
  if (before >= 0 || factor >= steady) return false;
  return (-lately * half_ms * factor) / (1 - factor) < doubt * left;
}

/** Of what a span is made: heartbeats. */
const beats = 5;
const floors = { memory: 128, disk: 256 } as const;
const grains = { memory: 32, disk: 64 } as const;

/** How a worker's memory or disk, in MiB, is looked at whose heartbeats are so far apart. Where it has as good as stopped, it counts as used up. */
export function supplyTermsFor(kind: "memory" | "disk", heartbeat_ms: number): SupplyTerms {
  return { span_ms: beats * heartbeat_ms, floor: floors[kind], grain: grains[kind] };
}

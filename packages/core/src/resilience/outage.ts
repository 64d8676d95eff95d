/** How an attempt that came to a result ended, as far as it may tell of something that many tests need and that is away. */
export interface OutageSign {
  readonly unit: number;
  readonly worker: string;
  readonly at_ms: number;
  /** What it failed with: the same for all that fail alike. Absent where it passed. */
  readonly failedWith?: string | undefined;
  /** What it failed with points at the network or a service. */
  readonly environmental?: boolean;
  /** The test had failed before in this run: that it does again says nothing new. */
  readonly isAgain?: boolean;
}

/** Something that tests need seems to be away: what fails with this waits, instead of using up its retries. */
export interface Outage {
  readonly failedWith: string;
  readonly since_ms: number;
  /** It may as well be the code that is broken: for it alone a run lasts no more than twice as long as it would have. */
  readonly isDoubtful: boolean;
  /** Since when there has been nothing else to do. */
  readonly alone_ms?: number;
  /** When the next one is to find out whether it is back. */
  readonly probe_ms: number;
  /** Those that wait for that. The one thing here that grows in place: a large fleet has tens of thousands wait, one by one. */
  readonly waiting: Set<number>;
}

/** What is watched in a run. Each result makes a new one; the one before it is not to be used any more. */
export interface OutageWatch {
  /** Lately ended, oldest first. */
  readonly recent: readonly OutageSign[];
  readonly outage: Outage | undefined;
  /** How long outages have held the run up so far. */
  readonly waited_ms: number;
  /** When the first result came. */
  readonly began_ms: number | undefined;
  /** How many results there were. */
  readonly results: number;
  /** Of what tests failed with: how many results there had been before it first came up, and with how many tests it did. */
  readonly seen: ReadonlyMap<string, { readonly before: number; readonly hits: number }>;
}

/** What a result means for the outage. `isAlike`: others have lately failed with the same. */
export type OutageStep =
  | { readonly type: "none"; readonly isAlike: boolean }
  /** It is to be tried once more, at no test's expense: from `probe_ms` on if it is the one that finds out, else a little later. */
  | { readonly type: "wait"; readonly isFirst: boolean; readonly isProbe: boolean }
  /** Those that wait need not any more: one of them has passed, or it has lasted too long. */
  | { readonly type: "over"; readonly isBack: boolean; readonly outage: Outage };

/** What the run is like at that moment. */
export interface OutageScene {
  /** How many workers there are that run tests. */
  readonly workers: number;
  /** How many tasks have no result yet, this one included. */
  readonly open: number;
}

export const newOutageWatch: OutageWatch = {
  recent: [],
  outage: undefined,
  waited_ms: 0,
  began_ms: undefined,
  results: 0,
  seen: new Map(),
};

const recentKept = 24;
/**
 * So many tests that fail alike, on two workers where there are as many, and at least this share of all that end meanwhile: fewer where
 * their words speak of the network or a service. Of the others, retries that fail once more count for nothing.
 */
const needed = { told: { units: 2, share: 0.5 }, untold: { units: 5, share: 0.5 }, doubtful: { units: 5, share: 0.65 } } as const;
const seenKept = 256;
/** So many that did not fail with it before: what fails like that from the first test on may be the code, unless its words speak of the network. */
const soundBefore = 6;
/** A test that failed with it long before is no sign that it was always so. */
const straysAllowed = 1;
/** When it is tried whether it is back, since it began. */
const probes_ms = [1000, 3000, 7000, 15_000, 25_000, 35_000, 45_000, 55_000, 65_000, 77_000, 90_000] as const;
/** So long a run waits for outages at most, all of them together: for broken code that looks like one, nobody is to wait for minutes. */
export const outageLimit_ms = 90_000;
/** What fails as others did lately is not tried again before: until then it shows whether something is away. */
export const alikePause_ms = 2500;
/** The others wait so much longer than the one that finds out, in case that it takes long or comes to nothing. Each that finds out has them wait anew. */
export const outageGrace_ms = 15_000;

/**
 * Takes a result into account. A mass of tests that begin to fail alike, on several workers, says that something they need is away (a
 * database that restarts, a server that is not up yet): to try them once more at once only spends their retries. They wait, one of them
 * finds out now and then whether it is back, and what failed meanwhile is no test's fault.
 * @param look tells what the run is like; asked only of what failed, for most tests pass
 */
export function watchOutage(
  before: OutageWatch,
  sign: OutageSign,
  look: () => OutageScene,
): { watch: OutageWatch; step: OutageStep } {
  const recent = [...before.recent, sign].slice(-recentKept);
  const watch = {
    ...before,
    recent,
    began_ms: before.began_ms ?? sign.at_ms,
    results: before.results + 1,
    seen: withSeen(before, sign),
  };
  const { outage } = watch;
  const { failedWith, unit, at_ms } = sign;
  if (failedWith === undefined) {
    if (outage?.waiting.has(unit) !== true) return { watch, step: { type: "none", isAlike: false } };
    return over(watch, outage, at_ms, true);
  }
  const scene = look();
  if (outage === undefined) {
    const begun = beginOf(watch, sign, scene);
    if (begun === undefined) return { watch, step: { type: "none", isAlike: hasLike(before.recent, sign, scene) } };
    return { watch: { ...watch, outage: begun }, step: { type: "wait", isFirst: true, isProbe: true } };
  }
  if (failedWith !== outage.failedWith) {
    outage.waiting.delete(unit);
    return { watch, step: { type: "none", isAlike: hasLike(before.recent, sign, scene) } };
  }
  const waited_ms = at_ms - outage.since_ms;
  const next = probes_ms.find((moment) => moment > waited_ms);
  const others = outage.waiting.has(unit) ? outage.waiting.size : outage.waiting.size + 1;
  const alone_ms = scene.open <= others ? (outage.alone_ms ?? at_ms) : undefined;
  const isVain = outage.isDoubtful && alone_ms !== undefined && at_ms - alone_ms >= alone_ms - watch.began_ms;
  if (next === undefined || isVain || watch.waited_ms + waited_ms >= outageLimit_ms) return over(watch, outage, at_ms, false);
  // The one that found out, or what would have: the next one is due. Others that ran meanwhile only join those that wait.
  const isProbe = at_ms >= outage.probe_ms;
  const probe_ms = isProbe ? outage.since_ms + next : outage.probe_ms;
  outage.waiting.add(unit);
  return {
    watch: { ...watch, outage: { ...outage, probe_ms, ...(alone_ms !== undefined && { alone_ms }) } },
    step: { type: "wait", isFirst: false, isProbe },
  };
}

function beginOf({ recent, waited_ms, seen }: OutageWatch, sign: OutageSign, scene: OutageScene): Outage | undefined {
  const { failedWith, environmental = false, at_ms } = sign;
  if (failedWith === undefined || waited_ms >= outageLimit_ms) return undefined;
  const { before = 0, hits = 0 } = seen.get(failedWith) ?? {};
  const counted = environmental ? recent : recent.filter((one) => one.isAgain !== true);
  // Of all stretches that end here, one that begins with such a failure is enough.
  for (const [start, first] of counted.entries()) {
    if (first.failedWith !== failedWith) continue;
    const stretch = counted.slice(start);
    const struck = stretch.filter((one) => one.failedWith === failedWith);
    const waiting = new Set(struck.map(({ unit }) => unit));
    const isDoubtful = !environmental && (before < soundBefore || hits - struck.length > straysAllowed);
    const { units, share } = environmental ? needed.told : isDoubtful ? needed.doubtful : needed.untold;
    if (waiting.size < units || struck.length < share * stretch.length) continue;
    if (new Set(struck.map(({ worker }) => worker)).size < Math.min(2, scene.workers)) continue;
    // While there is other work, to wait costs nobody anything.
    if (isDoubtful && scene.open <= waiting.size) continue;
    return { failedWith, since_ms: at_ms, probe_ms: at_ms + probes_ms[0], waiting, isDoubtful };
  }
  return undefined;
}

/** Notes when something was first failed with, and how often. */
function withSeen({ seen, results }: OutageWatch, { failedWith, isAgain = false }: OutageSign): OutageWatch["seen"] {
  if (failedWith === undefined || isAgain) return seen;
  const known = seen.get(failedWith);
  if (known === undefined && seen.size >= seenKept) return seen;
  const { before, hits } = known ?? { before: results, hits: 0 };
  return new Map(seen).set(failedWith, { before, hits: hits + 1 });
}

function over(watch: OutageWatch, outage: Outage, at_ms: number, isBack: boolean): { watch: OutageWatch; step: OutageStep } {
  const waited_ms = watch.waited_ms + Math.max(0, at_ms - outage.since_ms);
  // What was seen during an outage is not the beginning of the next one.
  return { watch: { ...watch, recent: [], outage: undefined, waited_ms }, step: { type: "over", isBack, outage } };
}

function hasLike(recent: readonly OutageSign[], { failedWith, unit, worker }: OutageSign, { workers }: OutageScene): boolean {
  if (failedWith === undefined) return false;
  // What fails alike on one worker only is that worker's matter: it had better be tried elsewhere at once.
  return recent.some((one) => one.failedWith === failedWith && one.unit !== unit && (one.worker !== worker || workers < 2));
}

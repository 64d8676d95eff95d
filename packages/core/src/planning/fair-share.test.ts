import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Claim, SlotUse, inFairOrder, useHalfLife_ms, weightOf } from "./fair-share.ts";

const claim = (given: Partial<Claim> & { name: string }) => ({
  weight: 4,
  used_ms: 0,
  slots: 0,
  isWarm: false,
  order: 0,
  ...given,
});
const first = (...claims: (Claim & { name: string })[]) => inFairOrder(claims)[0]?.name;

test("the run that used least goes first; of equals the weightier, then the oldest", () => {
  const [a, b] = [claim({ name: "a", order: 1 }), claim({ name: "b", order: 2 })];
  expect(first(b, a)).toBe("a");
  expect(first({ ...a, used_ms: 1 }, b)).toBe("b");
  expect(first({ ...a, slots: 1 }, b)).toBe("b");
  expect(first(a, { ...b, weight: 8 })).toBe("b");
  expect(first({ ...a, used_ms: 9000 }, { ...b, used_ms: 5000, weight: 2 })).toBe("a");
});

test("25 points of priority are twice the weight", () => {
  expect([0, 25, 50, 75, 100].map(weightOf)).toEqual([1, 2, 4, 8, 16]);
});

test("a warm process is preferred for a moment, not for long", () => {
  const warm = claim({ name: "warm", used_ms: 1500, isWarm: true });
  const cold = claim({ name: "cold", order: 1 });
  expect(first(warm, cold)).toBe("warm");
  expect(first({ ...warm, used_ms: 2500 }, cold)).toBe("cold");
});

test("what was used counts half after its half-life, and a slot that is used for ever counts no more than a bound", () => {
  const use = new SlotUse();
  expect(use.used_ms(5)).toBe(0);
  use.begin(1000);
  expect(use.used_ms(1100)).toBeCloseTo(100, 0);
  const most_ms = useHalfLife_ms / Math.LN2;
  expect(use.used_ms(10_000_000)).toBeCloseTo(most_ms, 0);
  use.end(10_000_000);
  expect(use.slots).toBe(0);
  expect(use.used_ms(10_000_000 + useHalfLife_ms)).toBeCloseTo(most_ms / 2, 0);
});

/** Slots given away by the rule, for a time in which each run has something waiting from its arrival on. */
interface Contest {
  readonly slots: number;
  readonly until_ms: number;
  readonly runs: readonly { readonly priority: number; readonly arrives_ms: number; readonly leases_ms: readonly number[] }[];
}

interface Played {
  /** Slot time of each run from `from_ms` on. */
  readonly served_ms: readonly number[];
  /** Longest time for which each run waited without a slot of its own. */
  readonly waited_ms: readonly number[];
}

function play({ slots, until_ms, runs }: Contest, from_ms: number): Played {
  const states = runs.map(({ priority, arrives_ms, leases_ms }, order) => ({
    weight: weightOf(priority),
    arrives_ms,
    leases_ms,
    order,
    use: new SlotUse(),
    given: 0,
    served_ms: 0,
    idleSince_ms: arrives_ms,
    waited_ms: 0,
  }));
  const free = Array.from({ length: slots }, () => ({ at_ms: 0, holder: undefined as (typeof states)[number] | undefined }));
  const arrivals = states.map(({ arrives_ms }) => arrives_ms).toSorted((a, b) => a - b);
  for (;;) {
    const slot = free.reduce((a, b) => (b.at_ms < a.at_ms ? b : a));
    const now_ms = slot.at_ms;
    if (now_ms >= until_ms) break;
    if (slot.holder !== undefined) {
      slot.holder.use.end(now_ms);
      if (slot.holder.use.slots === 0) slot.holder.idleSince_ms = now_ms;
      slot.holder = undefined;
    }
    const here = states.filter(({ arrives_ms }) => arrives_ms <= now_ms);
    const [due] = inFairOrder(
      here.map((state) => ({
        weight: state.weight,
        order: state.order,
        isWarm: false,
        slots: state.use.slots,
        used_ms: state.use.used_ms(now_ms),
        state,
      })),
    );
    if (due === undefined) {
      slot.at_ms = arrivals.find((at_ms) => at_ms > now_ms) ?? until_ms;
      continue;
    }
    const { state } = due;
    if (state.use.slots === 0) state.waited_ms = Math.max(state.waited_ms, now_ms - state.idleSince_ms);
    const lease_ms = state.leases_ms[state.given % state.leases_ms.length] ?? 1;
    state.given += 1;
    state.use.begin(now_ms);
    slot.holder = state;
    slot.at_ms = now_ms + lease_ms;
    state.served_ms += Math.max(0, Math.min(until_ms, slot.at_ms) - Math.max(from_ms, now_ms));
  }
  for (const state of states)
    if (state.use.slots === 0) state.waited_ms = Math.max(state.waited_ms, until_ms - state.idleSince_ms);
  return { served_ms: states.map(({ served_ms }) => served_ms), waited_ms: states.map(({ waited_ms }) => waited_ms) };
}

const longest_ms = 4000;
const contests = fc
  .record({
    slots: fc.integer({ min: 1, max: 12 }),
    runs: fc.array(
      fc.record({
        priority: fc.constantFrom(25, 50, 75),
        arrives_ms: fc.constant(0),
        leases_ms: fc.array(fc.integer({ min: 20, max: longest_ms }), { minLength: 1, maxLength: 5 }),
      }),
      { minLength: 2, maxLength: 6 },
    ),
  })
  .map((contest) => ({ ...contest, until_ms: 600_000 }));

test("runs that always have work get slot time by their weights, however long their tasks are", () => {
  fc.assert(
    fc.property(contests, (contest) => {
      const { served_ms } = play(contest, 120_000);
      const weights = contest.runs.map(({ priority }) => weightOf(priority));
      const whole = weights.reduce((sum, weight) => sum + weight, 0);
      served_ms.forEach((served, index) => {
        const due_ms = ((weights[index] ?? 0) / whole) * contest.slots * 480_000;
        // A run may lack a part of what is due to it, where slots are few and tasks are long against the half-life.
        expect(served).toBeGreaterThan(0.75 * due_ms - longest_ms);
      });
    }),
    { numRuns: 60 },
  );
});

test("nobody waits for a slot longer than a few half-lives, whatever the priorities and whoever comes later", () => {
  const late = contests.chain((contest) =>
    fc
      .tuple(
        ...contest.runs.map((run) =>
          fc
            .record({ priority: fc.integer({ min: 0, max: 100 }), arrives_ms: fc.integer({ min: 0, max: 300_000 }) })
            .map((more) => ({
              ...run,
              ...more,
            })),
        ),
      )
      .map((runs) => ({ ...contest, runs })),
  );
  fc.assert(
    fc.property(late, (contest) => {
      const { waited_ms } = play(contest, 0);
      // What it used counts for nothing beside what a rival did after ln(16) mean lives; then each rival may go first once more.
      const bound_ms = 4 * useHalfLife_ms + useHalfLife_ms * Math.log2(contest.runs.length) + contest.runs.length * longest_ms;
      for (const waited of waited_ms) expect(waited).toBeLessThanOrEqual(bound_ms);
    }),
    { numRuns: 60 },
  );
});

test("who comes late to a busy pool is served by the next slots that fall free, and takes all of them for at most a half-life", () => {
  const runs = [
    { priority: 50, arrives_ms: 0, leases_ms: [500] },
    { priority: 50, arrives_ms: 300_000, leases_ms: [500] },
  ];
  const { waited_ms } = play({ slots: 6, until_ms: 400_000, runs }, 0);
  expect(waited_ms[1]).toBeLessThanOrEqual(500);
  expect(waited_ms[0]).toBeGreaterThan(0.8 * useHalfLife_ms);
  expect(waited_ms[0]).toBeLessThanOrEqual(useHalfLife_ms + 500);
});

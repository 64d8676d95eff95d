import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  type SelfTuning,
  type TuningChange,
  type TuningParameter,
  tuningChangeSchema,
  tuningParameters,
} from "../../model/tuning.ts";
import { abandon, afterBlock, beginTuning, pin, reset, type TuningState, type TuningTerms, valueOf } from "./controller.ts";
import { parameterDefinitions } from "./parameters.ts";
import { emptyTally, type Tally } from "./tally.ts";
import { falseKeepChance } from "./trial.ts";

const defaults = { "batch-length": 2, "lease-time": 15, "reconnect-time": 2, concurrency: 1, "retry-budget": 0.2 };
const definitions = parameterDefinitions(defaults);

/** A small seeded generator (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A block that speaks for longer batches, and took so many times the least that it could. */
const slow = (stretch: number): Tally => ({
  ...emptyTally,
  tasks: 100,
  leases: 100,
  open_ms: 1000 * stretch,
  least_ms: 1000,
  tests_ms: 20_000,
  overhead_ms: 5000,
});

interface Play {
  readonly changes: readonly TuningChange[];
  readonly state: TuningState;
  /** At which block each of the changes came. */
  readonly blocks: readonly number[];
  /** Of the batch length, under which blocks were done. */
  readonly values: readonly number[];
}

/** Has blocks be done in a world that says what each costs under a value. */
function play(
  blocks: number,
  random: () => number,
  world: (batchLength: number) => Tally,
  from = beginTuning(definitions),
): Play {
  const terms: TuningTerms = { definitions, mode: "on", random };
  const changes: TuningChange[] = [];
  const at: number[] = [];
  const values: number[] = [];
  let state = from;
  for (let block = 0; block < blocks; block += 1) {
    const value = valueOf(state, terms, "batch-length");
    values.push(value);
    const step = afterBlock(state, world(value), terms);
    changes.push(...step.changes);
    for (const _ of step.changes) at.push(block);
    ({ state } = step);
  }
  return { changes, state, blocks: at, values };
}

const phases = ({ changes }: Play) => changes.map(({ phase }) => phase);

test("a value that helps is kept, and the next one is tried from there, until a bound", () => {
  const random = seeded(1);
  const played = play(200, random, (value) => slow((1 + 1 / value) * Math.exp(0.1 * normal(random))));
  expect(phases(played).slice(0, 4)).toEqual(["trying", "kept", "trying", "kept"]);
  expect(played.changes[1]).toMatchObject({ from: 2, to: 4, value: 4, rollbacks: 0 });
  expect(played.changes[1]?.evidence?.pairs).toBe(12);
  expect(played.changes[1]?.evidence?.ratio).toBeCloseTo(1.25 / 1.5, 1);
  expect(played.changes[1]?.evidence?.tasks).toBe(2400);
  expect(played.values.every((value) => value <= 16)).toBe(true);
});

test("a value that does harm is gone after five pairs, one that does great harm after two, one that changes nothing after all", () => {
  const worse = play(35, seeded(2), (value) => slow(value > 2 ? 1.2 : 1));
  expect(phases(worse)).toEqual(["trying", "rolled-back"]);
  expect(worse.changes[1]).toMatchObject({ from: 4, to: 2, value: 2, rollbacks: 1, evidence: { pairs: 5 } });
  expect(worse.values.at(-1)).toBe(2);
  const terrible = play(60, seeded(2), (value) => slow(value > 2 ? 3 : 1));
  expect(terrible.changes[1]).toMatchObject({ phase: "rolled-back", evidence: { pairs: 2 } });
  const same = play(100, seeded(2), () => slow(1.3));
  expect(same.changes[1]).toMatchObject({ phase: "rolled-back", evidence: { pairs: 40, p: 1 } });
});

test("what helps for sure but too little is not kept", () => {
  const played = play(60, seeded(3), (value) => slow(value > 2 ? 0.99 : 1));
  expect(played.changes[1]).toMatchObject({ phase: "rolled-back", reason: expect.stringContaining("too little") });
});

test("whatever noise there is, a value that is always worse is always rolled back", () => {
  const positive = fc.double({ min: 1.001, max: 5, noNaN: true });
  fc.assert(
    fc.property(fc.array(positive, { minLength: 8, maxLength: 8 }), fc.integer(), (harms, seed) => {
      const random = seeded(seed);
      let turn = 0;
      // Both blocks of a pair cost the same but for the harm.
      const played = play(110, random, (value) => {
        const harm = harms[(turn += 1) % harms.length] ?? 2;
        return slow(value > 2 ? 2 * harm : 2);
      });
      expect(phases(played)).not.toContain("kept");
      expect(phases(played)).toContain("rolled-back");
      expect(played.state.parameters["batch-length"].value).toBe(2);
    }),
    { numRuns: 100, endOnFailure: true },
  );
});

test.each([
  ["calm", 0],
  ["wild, where one in twenty takes three times as long", 0.05],
])("where no value differs from another, hardly more are kept than is said: %s", (_, wild) => {
  let judged = 0;
  let kept = 0;
  for (let seed = 1; seed <= 400; seed += 1) {
    const random = seeded(seed);
    // What runs cost drifts in the meantime.
    let drift = 0;
    const played = play(30, random, () => {
      drift += 0.05 * normal(random);
      return slow(Math.exp(drift + 0.1 * normal(random)) * (random() < wild ? 3 : 1));
    });
    const [first] = played.changes.filter(({ phase }) => phase === "kept" || phase === "rolled-back");
    if (first === undefined) continue;
    judged += 1;
    if (first.phase === "kept") kept += 1;
  }
  expect(judged).toBeGreaterThan(370);
  // Three standard deviations above what is said.
  expect(kept).toBeLessThanOrEqual(falseKeepChance * judged + 3 * Math.sqrt(falseKeepChance * judged));
});

test("where nothing is gained by it, trials become rare", () => {
  const random = seeded(7);
  const played = play(4000, random, () => slow(1 + 0.3 * random()));
  const began = played.blocks.filter((_, index) => played.changes[index]?.phase === "trying");
  expect(began.length).toBeLessThan(12);
  const gaps = began.slice(1).map((block, index) => block - (began[index] ?? 0));
  expect(gaps.at(-1)).toBeGreaterThan(3 * (gaps[0] ?? 0));
});

const anyTally: fc.Arbitrary<Tally> = fc
  .record(Object.fromEntries(Object.keys(emptyTally).map((field) => [field, fc.integer({ min: 0, max: 60_000 })])))
  .map((fields) => ({ ...emptyTally, ...fields }));
const anyParameter = fc.constantFrom(...tuningParameters);
type Act =
  | { readonly kind: "block"; readonly tally: Tally }
  | { readonly kind: "pin" | "reset"; readonly parameter: TuningParameter; readonly share: number }
  | { readonly kind: "mode"; readonly mode: SelfTuning };
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 30, arbitrary: anyTally.map((tally) => ({ kind: "block" as const, tally })) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("pin" as const, "reset" as const),
      parameter: anyParameter,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<SelfTuning>("off", "advise", "on").map((mode) => ({ kind: "mode" as const, mode })) },
);

test("whatever is seen and done by hand: bounds hold, pins stay, one value is on trial at a time, and each change is told", () => {
  let trials = 0;
  fc.assert(
    fc.property(fc.array(anyAct, { minLength: 50, maxLength: 300 }), fc.integer(), (acts, seed) => {
      let terms: TuningTerms = { definitions, mode: "on", random: seeded(seed) };
      let state = beginTuning(definitions);
      let tried: TuningParameter | undefined;
      const pins = new Map<TuningParameter, number>();
      for (const act of acts) {
        let step = { state, changes: [] as readonly TuningChange[] };
        const before = state.parameters;
        if (act.kind === "block") step = afterBlock(state, act.tally, terms);
        else if (act.kind === "mode") {
          terms = { ...terms, mode: act.mode };
          if (act.mode !== "on") step = abandon(state, "it was turned off");
        } else if (act.kind === "pin") {
          const { low, high } = definitions[act.parameter];
          step = pin(state, terms, act.parameter, low + act.share * (high - low));
          pins.set(act.parameter, low + act.share * (high - low));
        } else {
          step = reset(state, terms, act.parameter);
          pins.delete(act.parameter);
        }
        ({ state } = step);
        for (const change of step.changes) {
          const { parameter, phase } = tuningChangeSchema.parse(change);
          if (phase === "trying") {
            trials += 1;
            expect(tried).toBeUndefined();
            expect([...pins.keys()]).not.toContain(parameter);
            expect(terms.mode).toBe("on");
            tried = parameter as TuningParameter;
          } else if (phase === "kept" || phase === "rolled-back" || phase === "abandoned") {
            expect(parameter).toBe(tried);
            tried = undefined;
          }
        }
        expect(state.trial?.parameter).toBe(tried);
        const off = tuningParameters.filter((name) => {
          const { low, high } = definitions[name];
          const value = valueOf(state, terms, name);
          expect(value).toBeGreaterThanOrEqual(low);
          expect(value).toBeLessThanOrEqual(high);
          const pinned = pins.get(name);
          if (pinned !== undefined) expect([value, state.parameters[name].pinned]).toEqual([pinned, true]);
          // What was held changes only with a fact that says so.
          if (state.parameters[name].value !== before[name].value)
            expect(step.changes.map(({ parameter }) => parameter)).toContain(name);
          return pinned === undefined && value !== state.parameters[name].value && terms.mode === "on";
        });
        expect(off.length).toBeLessThanOrEqual(1);
      }
    }),
    // To make a long history shorter takes longer than to read it.
    { numRuns: 60, endOnFailure: true },
  );
  expect(trials).toBeGreaterThan(60);
});

test("advice changes nothing, and is told once", () => {
  const terms: TuningTerms = { definitions, mode: "advise", random: seeded(1) };
  let state = beginTuning(definitions);
  const changes: TuningChange[] = [];
  for (let block = 0; block < 50; block += 1) {
    const step = afterBlock(state, slow(1.5), terms);
    changes.push(...step.changes);
    ({ state } = step);
    expect(valueOf(state, terms, "batch-length")).toBe(2);
  }
  expect(changes).toEqual([
    expect.objectContaining({
      phase: "advised",
      parameter: "batch-length",
      from: 2,
      to: 4,
      reason: expect.stringContaining("20 %"),
    }),
  ]);
  const off = afterBlock(beginTuning(definitions), slow(1.5), { ...terms, mode: "off" });
  expect(off).toEqual({ state: beginTuning(definitions), changes: [] });
});

test("what was kept holds only while the coordinator tunes itself, what was pinned always; both are taken up again", () => {
  const state = beginTuning(definitions, {
    "batch-length": { value: 8, pinned: false, rollbacks: 0 },
    "lease-time": { value: 30, pinned: true, rollbacks: 0 },
    concurrency: { value: 7, pinned: true, rollbacks: 0 },
    "retry-budget": { value: 0.2, pinned: false, rollbacks: 2 },
  });
  const value = (mode: SelfTuning, name: TuningParameter) => valueOf(state, { definitions, mode, random: seeded(1) }, name);
  expect([value("on", "batch-length"), value("advise", "batch-length"), value("off", "batch-length")]).toEqual([8, 2, 2]);
  expect([value("on", "lease-time"), value("off", "lease-time")]).toEqual([30, 30]);
  // The bounds may be others than they were.
  expect(value("off", "concurrency")).toBe(1);
  expect(state.parameters["retry-budget"].pause_blocks).toBe(48);
});

test("a pin outside the bounds is refused; one on what is tried ends the trial", () => {
  const terms: TuningTerms = { definitions, mode: "on", random: seeded(1) };
  const tried = play(9, seeded(1), () => slow(1.5)).state;
  expect(tried.trial).toMatchObject({ parameter: "batch-length", first: 1.5 });
  expect(() => pin(tried, terms, "batch-length", 17)).toThrow(RangeError);
  expect(() => pin(tried, terms, "batch-length", Number.NaN)).toThrow(RangeError);
  const { state, changes } = pin(tried, terms, "batch-length", 3);
  expect(changes.map(({ phase }) => phase)).toEqual(["abandoned", "pinned"]);
  expect(state.trial).toBeUndefined();
  const other = pin(tried, terms, "concurrency", 0.5);
  expect(other.changes.map(({ phase }) => phase)).toEqual(["pinned"]);
  expect(other.state.trial).toMatchObject({ parameter: "batch-length", first: undefined });
});

import { assert, array, boolean, constantFrom, integer, property, record } from "fast-check";
import { expect, test } from "vitest";
import { type OutageSign, type OutageStep, type OutageWatch, newOutageWatch, outageLimit_ms, watchOutage } from "./outage.ts";

const scene = { workers: 4, open: 1000 };

/** Plays results, one a second, each of another test on one of four workers where nothing else is said. */
function play(signs: readonly (string | Partial<OutageSign>)[], watch: OutageWatch = newOutageWatch, within = scene) {
  const steps: OutageStep[] = [];
  for (const [index, given] of signs.entries()) {
    const { failedWith, ...rest }: Partial<OutageSign> =
      typeof given === "string" ? { failedWith: given === "ok" ? undefined : given } : given;
    const sign = { unit: index, worker: `w${index % 4}`, at_ms: index * 1000, ...rest, failedWith };
    const next = watchOutage(watch, sign, () => within);
    watch = next.watch;
    steps.push(next.step);
  }
  return { watch, steps, types: steps.map(({ type }) => type) };
}

const many = (what: string, count: number) => Array.from({ length: count }, () => what);

test("five tests on several workers that begin to fail alike after others were sound say that something is away", () => {
  expect(play([...many("ok", 6), ...many("down", 5)]).types.slice(-2)).toEqual(["none", "wait"]);
  expect(play([...many("ok", 6), ...many("down", 5)]).watch.outage).toMatchObject({ isDoubtful: false });
});

test("one worker on which all fails is that worker's matter", () => {
  const sick = many("down", 20).map((failedWith) => ({ failedWith, worker: "w1" }));
  expect(play([...many("ok", 6), ...sick]).types).not.toContain("wait");
  expect(play([...many("ok", 6), ...sick], newOutageWatch, { workers: 1, open: 1000 }).types).toContain("wait");
});

test("tests that fail here and there in the same words are the code's matter", () => {
  const some = Array.from({ length: 60 }, (_, index) => (index % 3 === 2 ? "wrong" : "ok"));
  expect(play(some).types).not.toContain("wait");
});

test("for what failed like that from the start a run takes at most twice as long as it would have", () => {
  const { watch } = play(many("wrong", 6));
  expect(watch.outage).toMatchObject({ isDoubtful: true });
  const alone = { workers: 4, open: watch.outage?.waiting.size ?? 0 };
  expect(play(many("wrong", 6), newOutageWatch, { ...scene, open: 3 }).types).not.toContain("wait");
  const [unit = 0] = watch.outage?.waiting ?? [];
  const again = { unit, worker: "w1", at_ms: 9000, failedWith: "wrong", isAgain: true };
  const waits = watchOutage(watch, again, () => alone);
  expect(waits.step.type).toBe("wait");
  expect(watchOutage(waits.watch, { ...again, at_ms: 17_999 }, () => alone).step.type).toBe("wait");
  expect(watchOutage(waits.watch, { ...again, at_ms: 18_000 }, () => alone).step).toMatchObject({ type: "over", isBack: false });
});

test("words that speak of the network are believed sooner, and from the start", () => {
  const refused = { failedWith: "surroundings", environmental: true };
  expect(play([refused, refused]).types).toEqual(["none", "wait"]);
});

test("retries that fail once more are no new evidence", () => {
  const again = Array.from({ length: 12 }, (_, index) => ({ failedWith: "wrong", isAgain: true, unit: index }));
  expect(play([...many("ok", 6), ...again]).types).not.toContain("wait");
});

test("one finds out whether it is back; the others wait until it has", () => {
  const { watch } = play([...many("ok", 6), ...many("down", 5)]);
  const { since_ms = 0, probe_ms = 0, waiting = new Set<number>() } = watch.outage ?? {};
  expect(probe_ms).toBe(since_ms + 1000);
  expect(waiting).toEqual(new Set([6, 7, 8, 9, 10]));
  const early = watchOutage(watch, { unit: 50, worker: "w0", at_ms: since_ms + 500, failedWith: "down" }, () => scene);
  expect(early.step).toEqual({ type: "wait", isFirst: false, isProbe: false });
  const vain = watchOutage(early.watch, { unit: 9, worker: "w0", at_ms: probe_ms + 100, failedWith: "down" }, () => scene);
  expect(vain.step).toEqual({ type: "wait", isFirst: false, isProbe: true });
  expect(vain.watch.outage?.probe_ms).toBe(since_ms + 3000);
  const stranger = watchOutage(vain.watch, { unit: 99, worker: "w0", at_ms: probe_ms + 200 }, () => scene);
  expect(stranger.step.type).toBe("none");
  const back = watchOutage(stranger.watch, { unit: 7, worker: "w0", at_ms: since_ms + 3100 }, () => scene);
  expect(back.step).toMatchObject({ type: "over", isBack: true, outage: { waiting: new Set([6, 7, 8, 9, 10, 50]) } });
  expect(back.watch.outage).toBeUndefined();
});

test("two outages together last no longer than one may, and there is no third", () => {
  const down = (from: number, at_ms: number) => [0, 1].map((worker) => refusal(from + worker, `w${worker}`, at_ms));
  const first = play(down(0, 0));
  const back = play([{ unit: 0, worker: "w0", at_ms: 60_000 }], first.watch);
  expect(back.watch).toMatchObject({ outage: undefined, waited_ms: 60_000 });
  const second = play(down(10, 70_000), back.watch);
  expect(second.watch.outage).toBeDefined();
  expect(play([refusal(10, "w0", 99_999)], second.watch).types).toEqual(["wait"]);
  const vain = play([refusal(10, "w0", 100_000)], second.watch);
  expect(vain.steps).toMatchObject([{ type: "over", isBack: false }]);
  expect(play(down(20, 110_000), vain.watch).types).not.toContain("wait");
});

function refusal(unit: number, worker: string, at_ms: number): OutageSign {
  return { unit, worker, at_ms, failedWith: "surroundings", environmental: true };
}

test("a run never waits longer than the limit, whatever comes", () => {
  const sign = record({
    unit: integer({ min: 0, max: 30 }),
    worker: constantFrom("a", "b", "c"),
    failedWith: constantFrom(undefined, "x", "y", "surroundings"),
    environmental: boolean(),
    isAgain: boolean(),
    later_ms: integer({ min: 0, max: 20_000 }),
  });
  assert(
    property(array(sign, { maxLength: 300 }), (signs) => {
      let watch = newOutageWatch;
      let at_ms = 0;
      for (const { later_ms, ...rest } of signs) {
        at_ms += later_ms;
        const { watch: next, step } = watchOutage(watch, { ...rest, at_ms }, () => scene);
        // It is told of the end by the first failure after it.
        if (step.type === "wait") {
          expect(next.outage).toBeDefined();
          const { since_ms = 0, probe_ms = 0 } = next.outage ?? {};
          expect(next.waited_ms + (at_ms - since_ms)).toBeLessThan(outageLimit_ms);
          expect(probe_ms - since_ms).toBeLessThanOrEqual(outageLimit_ms);
          expect(next.outage?.waiting.has(rest.unit)).toBe(true);
        }
        watch = next;
      }
      expect(watch.recent.length).toBeLessThan(50);
      expect(watch.seen.size).toBeLessThan(300);
    }),
  );
});

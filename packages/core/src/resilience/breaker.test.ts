import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Breaker } from "../model/breaker.ts";
import {
  type BreakerLimits,
  admits,
  afterBreakerDoubt,
  afterBreakerFailure,
  afterBreakerSuccess,
  asOf,
  closedBreaker,
  exonerated,
  openFor_ms,
  withProbe,
  withoutProbe,
} from "./breaker.ts";

const limits: BreakerLimits = { threshold: 3, reset_ms: 1000, cap_ms: 8000 };
const fail = (breaker: Breaker, now_ms: number, ...tasks: string[]) =>
  tasks.reduce((before, task) => afterBreakerFailure(before, task, now_ms, limits), breaker);

type Step =
  | { readonly type: "fail"; readonly task: string }
  | { readonly type: "succeed" | "doubt" | "ask" | "take-back" }
  | { readonly type: "exonerate"; readonly task: string }
  | { readonly type: "wait"; readonly ms: number };

const tasks = fc.constantFrom("a", "b", "c", "d", "e");
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant("fail" as const), task: tasks }),
    fc.record({ type: fc.constantFrom("succeed" as const, "doubt" as const, "ask" as const, "take-back" as const) }),
    fc.record({ type: fc.constant("exonerate" as const), task: tasks }),
    fc.record({ type: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
  ),
  { maxLength: 60 },
);

/** Plays a story. @returns what was let through, by the phase it was let through in, and how it ends */
function play(story: readonly Step[], seen: (breaker: Breaker, now_ms: number) => void = () => {}) {
  let breaker = closedBreaker;
  let now_ms = 1_800_000_000_000;
  let probes = 0;
  for (const step of story) {
    if (step.type === "wait") now_ms += step.ms;
    else if (step.type === "fail") breaker = afterBreakerFailure(breaker, step.task, now_ms, limits);
    else if (step.type === "succeed") breaker = afterBreakerSuccess(breaker, now_ms);
    else if (step.type === "doubt") breaker = afterBreakerDoubt(breaker, now_ms, limits);
    else if (step.type === "exonerate") breaker = exonerated(breaker, step.task);
    else if (step.type === "take-back") breaker = withoutProbe(breaker, breaker.probe ?? "none");
    else if (admits(breaker, now_ms)) {
      probes += 1;
      breaker = withProbe(breaker, `probe ${probes}`, now_ms);
    }
    seen(breaker, now_ms);
  }
  return { breaker, now_ms };
}

test("whatever happened, it can be closed again: by waiting, and a success", () => {
  fc.assert(
    fc.property(steps, (story) => {
      const { breaker, now_ms } = play(story);
      const later_ms = now_ms + limits.cap_ms;
      const free = withoutProbe(breaker, breaker.probe ?? "none");
      expect(admits(free, later_ms)).toBe(true);
      expect(afterBreakerSuccess(free, later_ms).phase).toBe("closed");
    }),
  );
});

test("while it is half-open it lets one through, and no other before that one has an end", () => {
  fc.assert(
    fc.property(steps, (story) => {
      const { breaker, now_ms } = play(story);
      if (asOf(breaker, now_ms).phase === "closed" || !admits(breaker, now_ms)) return;
      const probing = withProbe(breaker, "the one", now_ms);
      expect(admits(probing, now_ms)).toBe(false);
      expect(admits(probing, now_ms + 1_000_000)).toBe(false);
      expect(withProbe(probing, "another", now_ms).probe).toBe("the one");
      expect(admits(withoutProbe(probing, "another"), now_ms)).toBe(false);
      expect(admits(withoutProbe(probing, "the one"), now_ms)).toBe(true);
    }),
  );
});

test("while it is open it lets nothing through, and is never open for longer than its cap", () => {
  fc.assert(
    fc.property(steps, (story) => {
      play(story, (breaker, now_ms) => {
        if (asOf(breaker, now_ms).phase !== "open") return;
        expect(admits(breaker, now_ms)).toBe(false);
        expect(breaker.since_ms - now_ms).toBeLessThanOrEqual(limits.cap_ms);
      });
    }),
  );
});

test("it opens with the failure of so many tasks in a row; one that fails again and again is one", () => {
  expect(fail(closedBreaker, 0, "a", "a", "a", "a").phase).toBe("closed");
  expect(fail(closedBreaker, 0, "a", "b").phase).toBe("closed");
  expect(fail(closedBreaker, 0, "a", "b", "c")).toEqual({ phase: "open", evidence: ["a", "b", "c"], opens: 1, since_ms: 1000 });
  expect(fail(afterBreakerSuccess(fail(closedBreaker, 0, "a", "b"), 0), 0, "c").phase).toBe("closed");
  expect(fail(exonerated(fail(closedBreaker, 0, "a", "b"), "a"), 0, "c").phase).toBe("closed");
});

test("each time in a row that it opens it stays open for twice as long, up to the cap, and anew once it held for so long", () => {
  let breaker = fail(closedBreaker, 0, "a", "b", "c");
  const open_ms = [breaker.since_ms];
  for (let turn = 0; turn < 4; turn += 1) {
    const now_ms = breaker.since_ms;
    breaker = afterBreakerFailure(withProbe(breaker, "p", now_ms), "d", now_ms, limits);
    open_ms.push(breaker.since_ms - now_ms);
  }
  expect(open_ms).toEqual([1000, 2000, 4000, 8000, 8000]);
  expect(openFor_ms(1000, { threshold: 3, reset_ms: 1, cap_ms: 50 })).toBe(50);
  const closed = afterBreakerSuccess(breaker, breaker.since_ms);
  const soon_ms = closed.since_ms + 8000;
  expect(fail(closed, soon_ms, "e", "f", "g").since_ms - soon_ms).toBe(8000);
  expect(fail(closed, soon_ms + 1, "e", "f", "g").since_ms - soon_ms - 1).toBe(1000);
});

test("what comes to an end while it is open changes nothing", () => {
  const open = fail(closedBreaker, 0, "a", "b", "c");
  expect(afterBreakerSuccess(open, 999)).toBe(open);
  expect(fail(open, 999, "d", "e")).toBe(open);
});

test("a result that proves nothing neither opens a breaker nor closes it: what is half-open is out for as long again", () => {
  const closed = fail(closedBreaker, 0, "a", "b");
  expect(afterBreakerDoubt(closed, 5, limits)).toBe(closed);
  const open = fail(closed, 0, "c");
  expect(afterBreakerDoubt(open, 999, limits)).toBe(open);
  const again = afterBreakerDoubt(withProbe(open, "p", 1000), 1000, limits);
  expect(again).toEqual({ phase: "open", evidence: ["a", "b", "c"], opens: 1, since_ms: 2000 });
  expect(fail(again, 2000, "d").since_ms).toBe(4000);
});

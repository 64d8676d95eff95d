import { expect, test } from "vitest";
import type { Bar, Layout } from "./timeline-layout.ts";
import { type Seen, metricsFor, paint } from "./timeline-paint.ts";

/** Rectangles that were filled, and words that were written, in their order. */
function painted(layout: Layout, from_ms = 0, to_ms = layout.end_ms, seen?: Seen) {
  const metrics = metricsFor(layout, 1000);
  const boxes: { x: number; y: number; width: number; colour: string; isRound: boolean }[] = [];
  const words: string[] = [];
  let path: { x: number; y: number; width: number } | undefined;
  const context = {
    fillStyle: "",
    save() {},
    restore() {},
    beginPath: () => (path = undefined),
    rect() {},
    clip() {},
    moveTo() {},
    lineTo() {},
    stroke() {},
    setLineDash() {},
    clearRect() {},
    measureText: (text: string) => ({ width: text.length * 6 }),
    fillText: (text: string) => words.push(text),
    fillRect: (x: number, y: number, width: number) => boxes.push({ x, y, width, colour: context.fillStyle, isRound: false }),
    roundRect: (x: number, y: number, width: number) => (path = { x, y, width }),
    fill: () => path !== undefined && boxes.push({ ...path, colour: context.fillStyle, isRound: true }),
  };
  paint(context as unknown as CanvasRenderingContext2D, layout, { from_ms, to_ms }, metrics, (name) => name, seen);
  return { boxes: boxes.filter(({ colour }) => colour.startsWith("--bar-")), words, metrics };
}

/** Bars of one row, each as long as it says, one after the other. */
function layoutOf(bars: readonly (readonly [length_ms: number, status: string])[], more: Partial<Bar> = {}): Layout {
  let at_ms = 0;
  const placed = bars.map(([length_ms, status], task): Bar => {
    const from_ms = at_ms;
    at_ms += length_ms;
    return { task, lane: 0, from_ms, to_ms: at_ms, status, attempt: 1, ...more };
  });
  return { lanes: [{ worker: "one", named: true, lost: false, bars: placed }], bars: placed, end_ms: at_ms };
}

test("each bar stands where it ran, in the colour of how it ended", () => {
  const { boxes, metrics } = painted(
    layoutOf([
      [500, "passed"],
      [500, "failed"],
    ]),
  );
  const room = metrics.width - metrics.left - 8;
  expect(boxes).toEqual([
    { x: metrics.left, y: metrics.top + 3, width: room / 2 - 1, colour: "--bar-passed", isRound: true },
    { x: metrics.left + room / 2, y: metrics.top + 3, width: room / 2 - 1, colour: "--bar-failed", isRound: true },
  ]);
});

test("of bars too thin to be told apart those are one that touch and look alike, and no failure goes under", () => {
  const thin = Array.from({ length: 5000 }, (_, at) => [1, at === 2500 ? "failed" : "passed"] as const);
  const { boxes, metrics } = painted(layoutOf(thin));
  expect(boxes.map(({ colour }) => colour)).toEqual(["--bar-passed", "--bar-failed", "--bar-passed"]);
  expect(boxes[0]?.x).toBe(metrics.left);
  const [, failed, after] = boxes;
  expect((after?.x ?? 0) + (after?.width ?? 0)).toBeGreaterThan(metrics.width - 10);
  expect(failed?.x).toBeCloseTo(metrics.left + (metrics.width - metrics.left - 8) / 2, 0);
});

test("what has no result is drawn by itself, however thin", () => {
  const thin = Array.from({ length: 2000 }, (_, at) => [1, at % 1000 < 2 ? "lost" : "passed"] as const);
  expect(painted(layoutOf(thin)).boxes.filter(({ colour }) => colour === "--bar-lost")).toHaveLength(4);
});

test("only what the view shows is drawn, also where a bar reaches into it", () => {
  const layout = layoutOf(Array.from({ length: 10 }, () => [100, "passed"] as const));
  expect(painted(layout, 250, 450).boxes).toHaveLength(3);
  expect(painted(layout, 0, 1000).boxes).toHaveLength(10);
});

test("many bars have square corners", () => {
  const many = layoutOf(Array.from({ length: 1001 }, () => [100, "passed"] as const));
  expect(painted(many, 0, 1000).boxes.every(({ isRound }) => !isRound)).toBe(true);
});

test("an attempt says by a sign that it is another one, where there is room", () => {
  expect(painted(layoutOf([[1000, "passed"]], { again: "retry" })).words).toContain("↻");
  expect(painted(layoutOf([[1000, "lost"]])).words).toContain("✕");
  const narrow = layoutOf(
    Array.from({ length: 100 }, () => [10, "passed"] as const),
    { again: "retry" },
  );
  expect(painted(narrow).words).not.toContain("↻");
});

test("of many rows those are drawn that are seen, in the shades that they always have", () => {
  const lanes = Array.from({ length: 50 }, (_, lane) => ({
    worker: `w${lane}`,
    named: true,
    lost: false,
    bars: [{ task: lane, lane, from_ms: 0, to_ms: 1000, status: "passed", attempt: 1 }],
  }));
  const layout = { lanes, bars: lanes.flatMap(({ bars }) => bars), end_ms: 1000 };
  const { top, lane } = metricsFor(layout, 1000);
  const { boxes, words } = painted(layout, 0, 1000, { top: top + 10 * lane + 1, bottom: top + 12 * lane + 1 });
  expect(boxes.map(({ y }) => y)).toEqual([10, 11, 12].map((row) => top + row * lane + 3));
  expect(words.filter((word) => word.startsWith("w"))).toEqual(["w10", "w11", "w12"]);
  expect(painted(layout).boxes).toHaveLength(50);
  expect(painted(layout, 0, 1000, { top: 0, bottom: 10 }).boxes).toEqual([]);
});

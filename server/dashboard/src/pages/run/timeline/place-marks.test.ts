import { expect, test } from "vitest";
import type { Mark } from "../run-model.ts";
import { labelRow_px, metricsWithMarks, placeMarks } from "./place-marks.ts";

const view = { from_ms: 0, to_ms: 1000 };
/** A pixel is a millisecond. */
const metrics = { left: 100, width: 1108 };
const lost = (at_ms: number): Mark => ({ at_ms, kind: "worker", text: "", label: "one lost" });
const decided = (at_ms: number): Mark => ({ at_ms, kind: "decided", text: "" });
const measure = ({ label }: Mark) => (label === undefined ? undefined : 80);

test("labels stand at their moments, in further rows where they would overlap, and above a limit they are signs", () => {
  const { labels, signs } = placeMarks([lost(0), lost(50), lost(90), lost(91), lost(300)], view, metrics, measure);
  expect(labels.map(({ x, left, width, row }) => [x, left, width, row])).toEqual([
    [100, 93, 94, 0],
    [150, 143, 94, 1],
    [190, 183, 94, 2],
    [400, 393, 94, 0],
  ]);
  // It is as good as where the third label stands.
  expect(signs).toEqual([]);
});

test("a label does not stick out, and what is not in view is not placed", () => {
  const { labels } = placeMarks([lost(-1), lost(1000), lost(1001)], view, metrics, measure);
  expect(labels.map(({ x, left, width }) => [x, left + width])).toEqual([[1100, 1108]]);
});

test("of signs that would touch one is seen, and none under a label's line", () => {
  const { signs } = placeMarks([decided(10), decided(15), decided(30), decided(500), lost(505)], view, metrics, measure);
  expect(signs.map(({ x }) => x)).toEqual([110, 130]);
});

test("the room for marks is that of the whole run, and there is none where nothing happened", () => {
  const layout = { lanes: [{ worker: "one", named: true, lost: false, bars: [] }], bars: [], end_ms: 1000 };
  const topOf = (marks: readonly Mark[]) => metricsWithMarks(layout, marks, 1108, measure).top;
  const bare = topOf([]);
  expect(topOf([lost(0), lost(500)]) - bare).toBe(labelRow_px);
  expect(topOf([lost(0), lost(40)]) - bare).toBe(2 * labelRow_px);
  expect(topOf([decided(1)]) - bare).toBeGreaterThan(0);
  expect(metricsWithMarks(layout, [lost(0)], 1108, measure).height).toBe(
    metricsWithMarks(layout, [], 1108, measure).height + labelRow_px,
  );
});

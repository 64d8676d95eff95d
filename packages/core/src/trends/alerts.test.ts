import { expect, test } from "vitest";
import type { Alert, FoundChange } from "./alert.ts";
import { groupIntoAlerts, hasFaded } from "./alerts.ts";
import { analyseSeries } from "./analyse-series.ts";
import { commitRange } from "./commit-range.ts";
import { seededRandom } from "./seeded.test-data.ts";
import type { Series } from "./series.ts";

const history = Array.from({ length: 200 }, (_, at) => `c${at}`);

/** A series with these levels, each for so many commits. */
function seriesOf(id: string, levels: readonly (readonly [number, number])[], seed = 1): Series {
  const { normal } = seededRandom(seed + id.length);
  const points = levels
    .flatMap(([level, count]) => Array.from<number>({ length: count }).fill(level))
    .map((level, at) => ({ value: level + normal(), commit: `c${at}` }));
  return { id, unit: "ms", better: "lower", points };
}

function batchOf(all: readonly Series[], known: readonly Alert[] = [], limit?: number) {
  const analyses = all.map((each) => analyseSeries(each));
  const found: FoundChange[] = all.flatMap(({ id, points }, at) =>
    (analyses[at]?.changes ?? []).map((change) => ({ series: id, change, range: commitRange(points, change, history) })),
  );
  return groupIntoAlerts({ found, known, analyses, ...(limit === undefined ? {} : { limit }) });
}

const calm = Array.from({ length: 30 }, (_, at) => seriesOf(`calm ${at}`, [[100, 60]], at));

test("a range of commits is the points between the last good and the first bad one, with what was never measured", () => {
  const { points } = seriesOf("one", [
    [100, 40],
    [120, 30],
  ]);
  const sparse = points.filter((_, at) => at % 4 === 0);
  const [change] = analyseSeries({ id: "one", unit: "ms", better: "lower", points: sparse }).changes;
  expect(change && commitRange(sparse, change, history)).toEqual({
    lastGood: "c36",
    firstBad: "c40",
    commits: ["c37", "c38", "c39", "c40"],
    next: "c38",
  });
  expect(change && commitRange(sparse, change)).toEqual({ lastGood: "c36", firstBad: "c40", commits: ["c40"] });
  expect(
    change &&
      commitRange(
        sparse.map(({ value }) => ({ value })),
        change,
      ),
  ).toEqual({ commits: [] });
});

test("one alert for one range of commits, the worst series first", () => {
  const { fresh } = batchOf([
    seriesOf("a little", [
      [100, 40],
      [110, 30],
    ]),
    seriesOf("much", [
      [100, 40],
      [150, 30],
    ]),
    seriesOf("another day", [
      [100, 20],
      [130, 50],
    ]),
    ...calm,
  ]);
  expect(
    fresh.map(({ changes, commits, state, infrastructure }) => [
      changes.map(({ series }) => series),
      commits,
      state,
      infrastructure,
    ]),
  ).toEqual([
    [["much", "a little"], ["c40"], "open", false],
    [["another day"], ["c20"], "open", false],
  ]);
  expect(fresh[0]?.lastGood).toBe("c39");
});

test("what is known is not told again, whatever somebody made of it", () => {
  const all = [
    seriesOf("one", [
      [100, 40],
      [150, 30],
    ]),
    ...calm,
  ];
  const [alert] = batchOf(all).fresh;
  for (const state of ["open", "acknowledged", "invalid", "fixed"] as const) {
    const known = alert === undefined ? [] : [{ ...alert, state }];
    expect(batchOf(all, known)).toEqual({ fresh: [], known, recovered: [], withheld: 0 });
  }
  expect(batchOf(all, []).fresh).toHaveLength(1);
});

test("an alert closes by itself when all of its series are back, and not before", () => {
  const open = batchOf([
    seriesOf("one", [
      [100, 40],
      [150, 30],
    ]),
    seriesOf("two!", [
      [100, 40],
      [140, 30],
    ]),
    ...calm,
  ]).fresh;
  expect(open).toHaveLength(1);
  const half = batchOf(
    [
      seriesOf("one", [
        [100, 40],
        [150, 30],
        [100, 20],
      ]),
      seriesOf("two!", [
        [100, 40],
        [140, 50],
      ]),
      ...calm,
    ],
    open,
  );
  expect(half.recovered).toEqual([]);
  const back = batchOf(
    [
      seriesOf("one", [
        [100, 40],
        [150, 30],
        [100, 20],
      ]),
      seriesOf("two!", [
        [100, 40],
        [140, 30],
        [101, 20],
      ]),
      ...calm,
    ],
    open,
  );
  expect(back.recovered.map(({ key, state }) => [key, state])).toEqual([[open[0]?.key, "fixed"]]);
  expect(back.known.map(({ state }) => state)).toEqual(["fixed"]);
  expect(back.fresh.filter(({ judgement }) => judgement === "regression")).toEqual([]);
});

test("a fifth of the suite at once, all one way, is one incident of the infrastructure", () => {
  const moved = Array.from({ length: 8 }, (_, at) =>
    seriesOf(
      `moved ${at}`,
      [
        [100, 40],
        [115, 20],
      ],
      at,
    ),
  );
  const { fresh } = batchOf([...moved, ...calm]);
  expect(fresh.map(({ infrastructure, changes }) => [infrastructure, changes.length])).toEqual([[true, 8]]);
  const others = Array.from({ length: 8 }, (_, at) =>
    seriesOf(
      `better ${at}`,
      [
        [100, 40],
        [85, 20],
      ],
      at,
    ),
  );
  expect(batchOf([...moved, ...others, ...calm]).fresh.map(({ infrastructure }) => infrastructure)).toEqual([false, false]);
});

test("no more alerts than the limit, the worst of them, and the others counted", () => {
  const days = Array.from({ length: 5 }, (_, at) =>
    seriesOf(
      `day ${at}`,
      [
        [100, 20 + 8 * at],
        [120 + 10 * at, 60],
      ],
      at,
    ),
  );
  const { fresh, withheld } = batchOf([...days, ...calm], [], 2);
  expect(fresh.map(({ changes }) => changes[0]?.series)).toEqual(["day 4", "day 3"]);
  expect(withheld).toBe(3);
});

test("a change of machines raises no alert", () => {
  const { points, ...meta } = seriesOf("one", [
    [100, 40],
    [150, 30],
  ]);
  const swapped = { ...meta, points: points.map((point, at) => ({ ...point, machine: at < 40 ? "old" : "new" })) };
  expect(batchOf([swapped, ...calm]).fresh).toEqual([]);
});

test("a change has faded where more points lie where it was before, and show none", () => {
  const told = { before: 100, after: 130, location: { first: 40, last: 40, coverage: 0.9 } };
  const fadedWith = (levels: readonly (readonly [number, number])[], change = told) => {
    const series = seriesOf("one", levels);
    return hasFaded({ change }, analyseSeries(series), series.points);
  };
  const island = [
    [100, 40],
    [130, 3],
  ] as const;
  expect(fadedWith([...island, [100, 40]])).toBe(true);
  // Nothing is said with few points, where the level stays, where it changed later on, or where the place is out of sight.
  expect(fadedWith([...island, [100, 4]])).toBe(false);
  expect(fadedWith([...island, [130, 40]])).toBe(false);
  expect(fadedWith([...island, [100, 20], [70, 40]])).toBe(false);
  const outOfSight = { ...told, location: { ...told.location, first: 0, last: -1 } };
  expect(fadedWith([[100, 60]], outOfSight)).toBe(false);
  // What was told as a fall is not back because the series is still lower.
  expect(fadedWith([[100, 80]], { ...told, before: 130, after: 100 })).toBe(false);
});

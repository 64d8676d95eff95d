import { expect, test } from "vitest";
import { clustersByWeek, weeksOf } from "./clusters-by-week.ts";
import { day_ms, dayOf, daysOf, windowOf } from "./days.ts";
import { fleetUse } from "./fleet.ts";
import { currencySchema, readPrices, workerPricesSchema } from "./prices.ts";

const hour_ms = 3_600_000;

test("a stretch of time is shared out among the days of a window, and what is outside is left out", () => {
  const window = { first: 10, last: 12 };
  const from = 9 * day_ms + 20 * hour_ms;
  expect([...daysOf(from, 11 * day_ms + 2 * hour_ms, window)]).toEqual([
    [10, day_ms],
    [11, 2 * hour_ms],
  ]);
  expect([...daysOf(from, 14 * day_ms, window)].map(([day]) => day)).toEqual([10, 11, 12]);
  expect([...daysOf(0, 1000, window)]).toEqual([]);
  expect(windowOf(12 * day_ms + 5, 3)).toEqual(window);
});

test.each([
  [{ hardware_class: "linux-x64-4cpu-amd-epyc", labels: ["gpu"] }, 0.12],
  [{ hardware_class: "linux-arm64-4cpu", labels: ["gpu", "big"] }, 1.8],
  [{ hardware_class: "darwin-arm64-8cpu", labels: [] }, 0.05],
  [{ hardware_class: "linuxAx64", labels: [] }, 0.05],
])("the first price that fits a worker's class or labels is its price: %o", (worker, price) => {
  expect(readPrices(["linux-x64-*=0.12", "gpu=1.8", "*=0.05"])(worker)).toBe(price);
});

test("a worker that no price fits has none, and a dot in a pattern is a dot", () => {
  expect(readPrices(["a.b=1"])({ hardware_class: "axb", labels: [] })).toBeUndefined();
  expect(readPrices([])({ hardware_class: "axb", labels: [] })).toBeUndefined();
});

test.each([
  [["gpu=-1"], /the price of gpu is a number from 0/],
  [["gpu=1e3"], /the price of gpu/],
  [["=1"], /names no workers/],
  [["gpu"], /the price of gpu|names no workers/],
  [["gpu=1", "gpu=2"], /gpu has two prices/],
])("the prices %j are refused", (prices, problem) => {
  const { error } = workerPricesSchema.safeParse(prices);
  expect(error?.issues.map(({ message }) => message).join()).toMatch(problem);
});

test("a currency has three capital letters", () => {
  expect(currencySchema.safeParse("EUR").success).toBe(true);
  expect(currencySchema.safeParse("euro").success).toBe(false);
});

test("a fleet is used by as much as its slots were busy, and costs what its workers do for as long as they are there", () => {
  const window = { first: 10, last: 11 };
  const begin_ms = 10 * day_ms;
  const spans = [
    // Two slots for four hours, half of them used, half of that by the project.
    { worker: "a", hardware_class: "x", labels: ["gpu"], slots: 2, begin_ms, end_ms: begin_ms + 4 * hour_ms },
    // It was there for a day before the window, and is not priced.
    { worker: "b", hardware_class: "y", labels: [], slots: 1, begin_ms: begin_ms - day_ms, end_ms: begin_ms + day_ms },
    { worker: "c", hardware_class: "z", labels: [], slots: 1, begin_ms: 0, end_ms: day_ms },
  ];
  const uses = [
    { worker: "a", day: 10, busy_ms: 4 * hour_ms, own_ms: 2 * hour_ms },
    { worker: "b", day: 11, busy_ms: 6 * hour_ms, own_ms: 0 },
    { worker: "b", day: 9, busy_ms: 1 * hour_ms, own_ms: 0 },
    { worker: "gone", day: 10, busy_ms: hour_ms, own_ms: hour_ms },
  ];
  const { total, days, classes } = fleetUse(spans, uses, window, readPrices(["gpu=3"]));
  expect(total).toEqual({
    offered_ms: 8 * hour_ms + day_ms,
    busy_ms: 10 * hour_ms,
    own_ms: 2 * hour_ms,
    worker_hours: 28,
    paid: 12,
    own_cost: 3,
    unpriced_hours: 24,
  });
  expect(days.map(({ day, busy_ms, paid }) => [day, busy_ms / hour_ms, paid])).toEqual([
    [10, 4, 12],
    [11, 6, 0],
  ]);
  expect(classes.map(({ hardware_class, offered_ms }) => [hardware_class, offered_ms / hour_ms])).toEqual([
    ["y", 24],
    ["x", 8],
  ]);
});

test("ways to fail are counted by weeks that begin on Mondays", () => {
  // 2026-11-30 is a Monday.
  const monday = dayOf(Date.UTC(2026, 10, 30));
  const window = { first: monday - 8, last: monday + 1 };
  expect(weeksOf(window)).toEqual([monday - 14, monday - 7, monday]);
  const seen = (fingerprint: string, day: number, runs: number, title = "no") => ({
    fingerprint,
    day,
    kind: "assertion",
    title,
    runs,
    cases: runs * 2,
  });
  const clusters = clustersByWeek(
    [
      seen("rare", monday, 1),
      seen("often", monday, 2, "newer"),
      seen("often", monday - 1, 3, "older"),
      seen("often", monday - 8, 1),
    ],
    window,
  );
  expect(clusters).toEqual([
    {
      fingerprint: "often",
      kind: "assertion",
      title: "newer",
      runs: 6,
      cases: 12,
      first_day: monday - 8,
      last_day: monday,
      by_week: [1, 3, 2],
    },
    expect.objectContaining({ fingerprint: "rare", by_week: [0, 0, 1] }),
  ]);
});

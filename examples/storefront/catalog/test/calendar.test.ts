import { describe, expect, test } from "vitest";
import { addDays, deliveryDate, easter, isoWeek, isWorkingDay, weekday } from "../src/calendar.ts";

test.each([
  [1999, "1999-04-04"],
  [2024, "2024-03-31"],
  [2025, "2025-04-20"],
  [2038, "2038-04-25"],
])("Easter of %i is %s", (year, date) => expect(easter(year)).toBe(date));

test.each([
  ["2021-01-03", 2020, 53],
  ["2024-12-30", 2025, 1],
  ["2026-06-15", 2026, 25],
])("%s lies in week %i-%i", (date, year, week) => expect(isoWeek(date)).toEqual({ year, week }));

describe("delivery", () => {
  test("skips the weekend", () => expect(deliveryDate("2026-06-12", 1)).toBe("2026-06-15"));
  test("skips Easter", () => expect(deliveryDate("2026-04-02", 1)).toBe("2026-04-07"));
  test("skips Christmas", () => expect(deliveryDate("2026-12-24", 2)).toBe("2026-12-29"));
});

test("200 years, day by day: weekdays go round, Easter is a Sunday, week numbers rise by one on Mondays", () => {
  let date = "1901-01-01";
  for (let day = 0; day < 73_000; day += 1) {
    const next = addDays(date, 1);
    if (weekday(next) !== (weekday(date) % 7) + 1) expect.fail(date);
    const [week, nextWeek] = [isoWeek(date), isoWeek(next)];
    if ((week.week === nextWeek.week) !== (weekday(next) !== 1)) expect.fail(date);
    date = next;
  }
  for (let year = 1900; year < 2100; year += 1) {
    expect(weekday(easter(year))).toBe(7);
    expect(isWorkingDay(addDays(easter(year), 1))).toBe(false);
  }
});

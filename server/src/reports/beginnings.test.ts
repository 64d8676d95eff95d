import { expect, test } from "vitest";
import type { AttemptRow } from "../database/queries/tasks.ts";
import type { WorkerRow } from "../database/queries/workers.ts";
import { beginningsOf } from "./beginnings.ts";

type Ended = Pick<AttemptRow, "task" | "ended_at_ms" | "duration_ms"> & { readonly status?: AttemptRow["status"] };

const worker = "w-0000000000000001";

/** Of one lease that was handed out at 1000, the moments at which its attempts began. */
function begun(slots: number, ended: readonly Ended[]): (number | undefined)[] {
  const rows = ended.map(
    (each) => ({ status: "passed", ...each, worker, fence: 1, attempt: 1, leased_at_ms: 1000 }) as unknown as AttemptRow,
  );
  const beginnings = beginningsOf(rows, new Map([[worker, { slots } as WorkerRow]]));
  return rows.map((row) => beginnings.get(row));
}

test("of a lease's attempts each begins as long before its end as it took, and not before the one before it has ended", () => {
  const one = { task: 0, ended_at_ms: 3000, duration_ms: 1500 };
  const two = { task: 1, ended_at_ms: 4000, duration_ms: 900 };
  expect(begun(1, [one, two])).toEqual([1500, 3100]);
  // Its own clock runs fast.
  expect(begun(1, [one, { ...two, duration_ms: 2500 }])).toEqual([1500, 3000]);
});

test("what was handed back without having begun shortens nothing that ran in its slot", () => {
  const ran = { task: 0, ended_at_ms: 3000, duration_ms: 1900 };
  const handedBack = { task: 1, ended_at_ms: 2800, duration_ms: 0, status: "released" } as const;
  expect(begun(1, [ran, handedBack])).toEqual([1100, 2800]);
  // One that had begun did use it.
  expect(
    begun(1, [
      { ...ran, duration_ms: 2000 },
      { ...handedBack, ended_at_ms: 1200, duration_ms: 150 },
    ]),
  ).toEqual([1200, 1050]);
});

test("what still runs began when the one before it had ended", () => {
  const ended = { task: 0, ended_at_ms: 3000, duration_ms: 1500 };
  expect(begun(1, [ended, { task: 1, ended_at_ms: null, duration_ms: 0, status: "running" }])).toEqual([1500, 3000]);
});

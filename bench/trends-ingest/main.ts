import { type CoordinatorProcess, startCoordinatorProcess } from "../coordinator-process.ts";
import { goal, readNumbers } from "../options.ts";
import { brokenImport, wholeImport } from "./imports.ts";
import { largeRun } from "./large-run.ts";
import { mib } from "./units.ts";

/** What we hold ourselves to. A stall shorter than a heartbeat of the default timings costs no election. */
const goals = { stall_ms: 500, peak_mib: 1024 };

/**
 * Measures how what tests took and measured is kept: that of one large run, and what `shardwright trends import` sends to a coordinator.
 * @returns whether all goals are reached
 */
export async function trendsIngest(args: string[]): Promise<boolean> {
  const defaults = { cases: 100_000, points: 1_000_000, series: 1000, times: 10 };
  const numbers = readNumbers("trends-ingest", args, defaults);
  if (numbers === undefined) return true;
  const { cases, points, series, times } = numbers;
  const parts = [
    (coordinator: CoordinatorProcess) => largeRun(coordinator, cases),
    (coordinator: CoordinatorProcess) => wholeImport(coordinator, points, series),
    ...(times > 1 ? [(coordinator: CoordinatorProcess) => wholeImport(coordinator, points * times, series)] : []),
    (coordinator: CoordinatorProcess) => brokenImport(coordinator, Math.ceil(points / 10), series),
  ];
  const reached: boolean[] = [];
  for (const part of parts) {
    const coordinator = await startCoordinatorProcess();
    try {
      await coordinator.usage({ reset: true });
      reached.push(await part(coordinator));
      const { stall_ms, peak_bytes } = await coordinator.usage();
      const peak = `${mib(peak_bytes)} MiB`;
      reached.push(
        goal(stall_ms <= goals.stall_ms, `no stall over ${goals.stall_ms} ms: ${stall_ms.toFixed(0)} ms`),
        goal(peak_bytes <= goals.peak_mib * 1024 * 1024, `at most ${goals.peak_mib} MiB: ${peak}`),
      );
    } finally {
      await coordinator.stop();
    }
  }
  return reached.every(Boolean);
}

import { wholeMetrics } from "../final-cases.ts";
import type { RunReport } from "../run-report.ts";

/** What browser tests tell of their browser's processes. */
const metricName = "memory.processes";

export interface BrowserMemory {
  /** `chromium`, or `chromium's headless shell`, which needs less. */
  readonly browser: string;
  /** The most that all of its processes needed together while a test ran in it alone. */
  readonly bytes: number;
}

/** By browser, what was measured where a test had the browser for itself; none where no test did. */
export function browserMemory({ tasks }: Pick<RunReport, "tasks">): BrowserMemory[] {
  const most = new Map<string, number>();
  for (const task of tasks)
    for (const { name, value, dimensions = {} } of wholeMetrics(task)) {
      const kind = dimensions["browser"];
      if (name !== metricName || kind === undefined) continue;
      const browser = dimensions["program"] === "headless-shell" ? `${kind}'s headless shell` : kind;
      most.set(browser, Math.max(value, most.get(browser) ?? 0));
    }
  return [...most].map(([browser, bytes]) => ({ browser, bytes })).toSorted((a, b) => (a.browser < b.browser ? -1 : 1));
}

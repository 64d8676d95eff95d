import { createClient } from "../../packages/client/src/index.ts";
import { type CoordinatorProcess, startCoordinatorProcess } from "../coordinator-process.ts";
import { goal, readNumbers } from "../options.ts";
import { type Seeded, seed } from "./seed.ts";

/** How long one request may keep all others waiting. */
const heldGoal_ms = 50;
/** How long a request is waited for. */
const patience_ms = 120_000;
/** What a coordinator takes of a second that has nothing to do. */
const quietCpu_ms = 50;

/** How long each request of a page holds a coordinator's loop, for a project and for runs that are large. */
export async function dashboardHolding(args: string[]): Promise<boolean> {
  const numbers = readNumbers("dashboard-holding", args, { failing: 10_000, cases: 100_000, runs: 10_000 });
  if (numbers === undefined) return true;
  const coordinator = await startCoordinatorProcess();
  const { address, apiKey } = coordinator;
  const client = createClient({ addresses: [address], apiKey, failover: { timeout_ms: 60_000 } });
  try {
    const began_ms = performance.now();
    const seeded = await seed(client, numbers);
    const { failing, cases, runs } = numbers;
    const made = `made in ${((performance.now() - began_ms) / 1000).toFixed(0)} s`;
    console.log(`A project of ${runs} runs, one of ${failing} failing tasks and one of ${cases} cases: ${made}`);
    await untilQuiet(coordinator);
    let isShort = true;
    for (const path of pathsOf(seeded)) isShort = (await measure(coordinator, { path })) && isShort;
    for (const body of [knownAs("0"), knownAs("f")])
      isShort = (await measure(coordinator, { path: "known-cases", body: body(seeded.project, failing) })) && isShort;
    return isShort;
  } finally {
    await client.close();
    await coordinator.stop();
  }
}

/** What a run leaves to be done after its end, such as its points of trends, is not what is measured here. */
async function untilQuiet(coordinator: CoordinatorProcess): Promise<void> {
  for (let turns = 0; turns < 300; turns += 1) {
    const before = await coordinator.usage();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if ((await coordinator.usage()).cpu_ms - before.cpu_ms < quietCpu_ms) return;
  }
  throw new Error("the coordinator does not come to rest");
}

/** What pages ask for: the list of runs, a run's page, a task's, that of tests and of analytics, and the reports. */
function pathsOf({ project, failing, wide, key }: Seeded): string[] {
  const ofRun = (run: string) =>
    ["", "/chart", "/failures", "/failures", "/timeline?limit=200", "/comparison", "/report", "/report.html", "/tasks/0"].map(
      (part) => `runs/${run}${part}`,
    );
  const file = encodeURIComponent(key);
  return [
    "runs?limit=50",
    "runs?limit=50&branch=branch-3",
    "runs?limit=50&branch=nothing-is-on-it",
    "runs?limit=50&author=author-2&verdict=passed",
    "runs?limit=50&provider=github",
    "run-filters",
    "projects",
    `failures?project=${project}&limit=100`,
    `flaky?project=${project}&limit=100`,
    `tests/history?project=${project}&key=${file}`,
    `tests/history?project=${project}&key=${file}&case=${encodeURIComponent("group > does what it should, case 3")}`,
    ...ofRun(failing),
    ...ofRun(wide),
  ];
}

/** What a job asks before it submits, of files that are as they were (`0`), or have all changed. */
function knownAs(digit: string): (project: string, count: number) => unknown {
  const hash = digit.repeat(64);
  return (project, count) => ({
    project,
    files: Array.from({ length: count }, (_, index) => ({ key: `unit:f${index}.test.js`, hash })),
  });
}

interface Question {
  readonly path: string;
  /** It is a question with a body then. */
  readonly body?: unknown;
}

async function measure(coordinator: CoordinatorProcess, { path, body }: Question): Promise<boolean> {
  await coordinator.usage({ collect: true, reset: true });
  const began_ms = performance.now();
  const response = await fetch(`${coordinator.address}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${coordinator.apiKey}`, "content-type": "application/json" },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(patience_ms),
  });
  const bytes = (await response.arrayBuffer()).byteLength;
  const took_ms = performance.now() - began_ms;
  const { held_ms, stall_ms } = await coordinator.usage({ reset: true });
  const what = `${path}: held for ${held_ms.toFixed(0)} ms (${stall_ms.toFixed(0)} ms by the clock) of ${took_ms.toFixed(0)} ms, ${response.status}, ${(bytes / 1000).toFixed(0)} kB`;
  return goal(held_ms <= heldGoal_ms && (response.status === 200 || response.status === 404), what);
}

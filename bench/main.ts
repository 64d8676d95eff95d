/** `npm run bench -- NAME …`: each benchmark measures us and the others side by side, in one run. */
import { analytics } from "./analytics/main.ts";
import { browsers } from "./browsers/main.ts";
import { coverage } from "./covered/main.ts";
import { dashboardHolding } from "./dashboard/holding.ts";
import { dashboard } from "./dashboard/main.ts";
import { dealing } from "./dealing/main.ts";
import { dispatch } from "./dispatch/main.ts";
import { makespan } from "./makespan/main.ts";
import { prediction } from "./prediction/main.ts";
import { raft } from "./raft/main.ts";
import { realSuite } from "./real-suite/main.ts";
import { recovery } from "./recovery/main.ts";
import { scale } from "./scale/main.ts";
import { trends } from "./trends/main.ts";
import { trendsIngest } from "./trends-ingest/main.ts";
import { tuning } from "./tuning/main.ts";

const benchmarks: Record<string, { readonly says: string; readonly run: (args: string[]) => Promise<boolean> }> = {
  analytics: { says: "answers about ten thousand runs: where time goes, the fleet, cost, flaky files, failures", run: analytics },
  browsers: { says: "tests in a pool of browsers, beside a browser for each and Playwright's own runner", run: browsers },
  coverage: {
    says: "coverage of a suite, measured by its framework alone and by ours: the same figures, and what it costs",
    run: coverage,
  },
  dashboard: { says: "the dashboard's size, the page of a large run in Chromium, a thousand open pages", run: dashboard },
  "dashboard-holding": {
    says: "how long each request of a page holds the coordinator, for large runs and a project of many",
    run: dashboardHolding,
  },
  dealing: { says: "the dealing policy in simulated pools of unlike workers, beside splits and bare queues", run: dealing },
  dispatch: {
    says: "durable cycles a second and idle pick-up, beside BullMQ on Redis and graphile-worker on PostgreSQL",
    run: dispatch,
  },
  makespan: { says: "a suite of 120 skewed files on 4 workers: each framework's own means, then ours", run: makespan },
  overhead: {
    says: "a suite of 120 even, short files and the skewed one: each framework by itself on 4 workers, then ours",
    run: (args) => makespan(["--overhead", ...args]),
  },
  prediction: {
    says: "what is foretold of workers that leak, fill up, fail or slow down, and of those that do not",
    run: prediction,
  },
  raft: { says: "three coordinators beside three of etcd: durable writes, failover, graceful stop", run: raft },
  "real-suite": { says: "a suite as it is: the same cases and statuses as its framework's own run?", run: realSuite },
  recovery: {
    says: "simulated runs that faults strike, under the production scheduler, with retries alone, and without any recovery",
    run: recovery,
  },
  scale: { says: "many waiting workers, a large run, many runs: what one coordinator needs for them", run: scale },
  trends: { says: "changes found in series of measurements, labelled and generated, beside Otava's method", run: trends },
  "trends-ingest": {
    says: "what tests measured, kept: a large run's, a million points and ten million imported, and a broken import",
    run: trendsIngest,
  },
  tuning: { says: "simulated fleets that tune themselves: badly set ones, and well set ones", run: tuning },
};

const [name = "", ...args] = process.argv.slice(2);
const benchmark = benchmarks[name];
if (benchmark === undefined) {
  console.log("Usage: npm run bench -- NAME [--help]\n");
  for (const [known, { says }] of Object.entries(benchmarks)) console.log(`  ${known.padEnd(12)} ${says}`);
  process.exitCode = name === "" || name === "--help" ? 0 : 2;
} else {
  try {
    process.exitCode = (await benchmark.run(args)) ? 0 : 1;
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    // A benchmark that measured nothing has not passed, and what was asked for wrongly is told apart.
    process.exitCode = error instanceof TypeError && "code" in error ? 2 : 1;
  }
}

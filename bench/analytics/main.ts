import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../server/src/database/open.ts";
import { createQueries } from "../../server/src/database/queries.ts";
import { createProjections } from "../../server/src/projections/apply.ts";
import {
  analyticsCost,
  analyticsFailures,
  analyticsFlaky,
  analyticsFleet,
  analyticsTests,
  analyticsTime,
} from "../../server/src/reports/analytics.ts";
import { goal, quantile, readNumbers } from "../options.ts";
import { type History, factsOf } from "./history.ts";

const answersGoal_ms = 200;
const times = 20;
const days = 365;

/** Times the answers about many runs, from tables that were built by their facts. @returns whether each comes in time */
export async function analytics(args: string[]): Promise<boolean> {
  const numbers = readNumbers("analytics", args, { runs: 10_000, files: 40, seed: 1 });
  if (numbers === undefined) return true;
  const directory = mkdtempSync(join(tmpdir(), "bench-analytics-"));
  try {
    return measure(directory, { ...numbers, days });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function measure(directory: string, history: History): boolean {
  const path = join(directory, "state.db");
  const { database, client } = openDatabase(path);
  const projections = createProjections(database, client);
  const began_ms = performance.now();
  let position = 0;
  for (const { at_ms, bodies } of factsOf(history)) {
    const facts = bodies.map((body) => ({
      fact: { position: (position += 1), at_ms, body },
      text: JSON.stringify(body),
      entry: position,
    }));
    projections.apply(facts, position);
    projections.settle();
  }
  const built_s = (performance.now() - began_ms) / 1000;
  client.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const size_mib = statSync(path).size / 1024 / 1024;
  console.log(
    `${history.runs} runs of ${history.files} files over ${history.days} days: ${position} facts applied in ${built_s.toFixed(0)} s, ${size_mib.toFixed(0)} MiB`,
  );
  const queries = createQueries(database, () => projections.settle());
  const now_ms = history.days * 86_400_000;
  const asked = { project: "default", days: history.days, offset: 0, limit: 500 };
  const prices = { prices: ["gpu=1.8", "*=0.12"], currency: "EUR" };
  const answers: Record<string, () => object> = {
    time: () => analyticsTime(queries, asked, now_ms),
    "tests by total": () => analyticsTests(queries, { ...asked, by: "total" }, now_ms),
    "tests by set-up": () => analyticsTests(queries, { ...asked, by: "setup" }, now_ms),
    fleet: () => analyticsFleet(queries, asked, now_ms),
    cost: () => analyticsCost(queries, asked, now_ms, prices),
    flaky: () => analyticsFlaky(queries, asked, now_ms),
    failures: () => analyticsFailures(queries, asked, now_ms),
  };
  const reached = Object.entries(answers).map(([name, answer]) => {
    const took = Array.from({ length: times }, () => {
      const from_ms = performance.now();
      answer();
      return performance.now() - from_ms;
    });
    const [usually, slow] = [quantile(took, 0.5), quantile(took, 0.9)];
    const text = `${usually.toFixed(1)} ms, nine of ten ${slow.toFixed(1)} ms; ${JSON.stringify(answer()).length} characters`;
    return goal(slow < answersGoal_ms, `${name} in under ${answersGoal_ms} ms: ${text}`);
  });
  projections.close();
  client.close();
  return reached.every(Boolean);
}

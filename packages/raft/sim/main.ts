/** Plays seeded worlds until one breaks a rule: `npm run sim -- --seeds 10000 [--first 1] [--scenario NAME]`. */
import { parseArgs } from "node:util";
import { shrink } from "./shrink.ts";
import { planFor, simulate } from "./simulate.ts";
import type { Result } from "./world.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "300" },
    first: { type: "string", default: "1" },
    /** Stop at the first violation, and say only which. */
    brief: { type: "boolean", default: false },
  },
});
const first = Number(values.first);
const count = Number(values.seeds);
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1)
  throw new Error("--seeds and --first are whole numbers");

const started_ms = performance.now();
const totals = new Map<string, number>();
let fewest = Number.POSITIVE_INFINITY;
let failed = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const result = simulate(seed);
  add(result);
  if (result.violation === undefined) continue;
  failed += 1;
  tell(seed, result);
  if (values.brief || failed === 5) break;
}
const seconds = (performance.now() - started_ms) / 1000;
if (!values.brief) {
  for (const [name, total] of [...totals].sort(([one], [other]) => (one < other ? -1 : 1)))
    console.log(`${name.padEnd(24)} ${total.toLocaleString("en")}`);
  console.log(`${"fewest events of a seed".padEnd(24)} ${fewest.toLocaleString("en")}`);
}
console.log(
  `${failed === 0 ? "no violation" : `${failed} violations`} in seeds ${first} to ${first + count - 1}, ${seconds.toFixed(1)} s`,
);
process.exitCode = failed === 0 ? 0 : 1;

function add({ events, time_ms, commits, acknowledged, reads, counts }: Result): void {
  fewest = Math.min(fewest, events);
  const each = { events, "cluster seconds": time_ms / 1000, commits, acknowledged, reads };
  for (const [name, value] of [...Object.entries(each), ...counts]) totals.set(name, (totals.get(name) ?? 0) + value);
}

function tell(seed: number, { violation }: Result): void {
  console.log(`seed ${seed}: ${violation?.message}`);
  if (values.brief || violation === undefined) return;
  const { plan, result } = shrink(planFor(seed), violation.rule);
  console.log(`  shrunk to ${plan.actions.length} actions: ${result.violation?.message.split("\n")[0]}`);
  console.log(`  ${JSON.stringify(plan)}`);
}

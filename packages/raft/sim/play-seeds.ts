import { shrink } from "./shrink.ts";
import { type Play, planFor } from "./simulate.ts";
import type { Result } from "./world.ts";

/** Violations after which it is enough. */
const mostViolations = 5;

/**
 * Plays seeds, prints what happened in them and what broke.
 * @param isBrief stops at the first violation, and only names it
 * @returns whether nothing broke
 */
export async function playSeeds(play: Play, first: number, count: number, isBrief: boolean): Promise<boolean> {
  const started_ms = performance.now();
  const totals = new Map<string, number>();
  let fewest = Number.POSITIVE_INFINITY;
  let failed = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    const result = await play(planFor(seed));
    fewest = Math.min(fewest, result.events);
    add(totals, result);
    if (result.violation === undefined) continue;
    failed += 1;
    await tell(play, seed, result, isBrief);
    if (isBrief || failed === mostViolations) break;
  }
  const seconds = (performance.now() - started_ms) / 1000;
  if (!isBrief) {
    for (const [name, total] of [...totals].sort(([one], [other]) => (one < other ? -1 : 1)))
      console.log(`${name.padEnd(24)} ${total.toLocaleString("en")}`);
    console.log(`${"fewest events of a seed".padEnd(24)} ${fewest.toLocaleString("en")}`);
  }
  console.log(
    `${failed === 0 ? "no violation" : `${failed} violations`} in seeds ${first} to ${first + count - 1}, ${seconds.toFixed(1)} s`,
  );
  return failed === 0;
}

function add(totals: Map<string, number>, { events, time_ms, commits, acknowledged, reads, counts }: Result): void {
  const each = { events, "cluster seconds": time_ms / 1000, commits, acknowledged, reads };
  for (const [name, value] of [...Object.entries(each), ...counts]) totals.set(name, (totals.get(name) ?? 0) + value);
}

async function tell(play: Play, seed: number, { violation }: Result, isBrief: boolean): Promise<void> {
  if (violation === undefined) return;
  console.log(`seed ${seed}: ${violation.message}`);
  if (isBrief) return;
  const { plan, result } = await shrink(planFor(seed), violation.rule, play);
  console.log(`  shrunk to ${plan.actions.length} actions: ${result.violation?.message.split("\n")[0]}`);
  console.log(`  ${JSON.stringify(plan)}`);
}

import { createClient } from "../../packages/client/src/index.ts";
import { passAll, register, slotLimit, submissionOf } from "../by-hand.ts";
import type { CoordinatorProcess } from "../coordinator-process.ts";
import { goal } from "../options.ts";
import { seconds } from "./units.ts";

const casesEach = 100;
/** Long enough to become a series each. */
const case_ms = 20;
/** How long the points of a run may need after its end, and how often they are counted. */
const patience_ms = 600_000;
const pause_ms = 500;

/** One run whose cases all begin a series. The stall that counts is that of its end: until then nothing is kept of it. */
export async function largeRun(coordinator: CoordinatorProcess, cases: number): Promise<boolean> {
  const { address, apiKey } = coordinator;
  const client = createClient({ addresses: [address], apiKey, failover: { timeout_ms: 120_000 } });
  try {
    const files = Math.max(1, Math.round(cases / casesEach));
    const { worker } = await register(client, "one");
    await client.submitRun(submissionOf("large", files, { speculation: false }));
    for (let done = 0; done < files - 1;) {
      const { leases } = await client.lease(worker, { slots: Math.min(slotLimit, files - 1 - done), wait_ms: 1000 });
      done += await passAll(client, worker, leases, casesEach, case_ms);
    }
    const { stall_ms: before_ms } = await coordinator.usage({ reset: true });
    const { leases } = await client.lease(worker, { slots: 1, wait_ms: 1000 });
    const began_ms = performance.now();
    await passAll(client, worker, leases, casesEach, case_ms);
    const ended_ms = performance.now() - began_ms;
    const wanted = files * (casesEach + 1);
    let kept = 0;
    while (kept < wanted && performance.now() - began_ms < patience_ms) {
      kept = await seriesOf(client);
      await new Promise((resolve) => setTimeout(resolve, pause_ms));
    }
    const { stall_ms } = await coordinator.usage();
    console.log(`\nA run of ${files * casesEach} cases in ${files} files, each of which begins a series`);
    console.log(
      `  its last result answered after ${seconds(ended_ms)}, all points kept after ${seconds(performance.now() - began_ms)}`,
    );
    console.log(`  the longest stall: ${before_ms.toFixed(0)} ms while results came, ${stall_ms.toFixed(0)} ms from its end on`);
    return goal(kept === wanted, `a point of each case and file: ${kept} of ${wanted}`);
  } finally {
    await client.close();
  }
}

/** How many series there are: asked for from the last page on, so that counting them disturbs little. */
async function seriesOf(client: ReturnType<typeof createClient>): Promise<number> {
  let last = 0;
  for (let step = 1 << 20; step >= 1; step >>= 1)
    if ((await client.listTrends({ after: last + step - 1, limit: 1 })).series.length > 0) last += step;
  return last;
}

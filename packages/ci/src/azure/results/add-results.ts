import { madeOnce, type AzureService } from "../service.ts";
import type { Reported } from "./test-results.ts";

/** The agent's own publisher sends so many at a time. */
const batchSize = 1000;
/** Not documented. */
const batchLimit_bytes = 2 * 1024 * 1024;
const permission = "Create test runs";

/** A result, and its number in the test run. */
export interface Added {
  readonly id: number;
  readonly reported: Reported;
}

/** Adds results to a test run, each once, in requests of a bounded size. */
export async function addResults(service: AzureService, run: number, reported: readonly Reported[]): Promise<Added[]> {
  const added: Added[] = [];
  const path = `_apis/test/Runs/${run}/results`;
  for (const batch of batchesOf(reported)) {
    const there = added.length;
    const ids = await madeOnce(
      async () =>
        idsOf(await service({ method: "POST", path, body: batch.map(({ result }) => result), repeatable: false, permission })),
      async () => {
        const query = { $skip: String(there), $top: String(batch.length) };
        const found = idsOf(await service({ method: "GET", path, query, repeatable: true, permission: "View test runs" }));
        return found.length === 0 ? undefined : found;
      },
    );
    if (ids.length !== batch.length)
      throw new Error(`${batch.length} results were sent to test run ${run}, and ${ids.length} have arrived`);
    added.push(...batch.map((one, index) => ({ id: ids[index] as number, reported: one })));
  }
  return added;
}

function idsOf(answer: unknown): number[] {
  return ((answer as { value?: readonly { id: number }[] }).value ?? []).map(({ id }) => id);
}

function batchesOf(reported: readonly Reported[]): Reported[][] {
  const batches: Reported[][] = [];
  let left_bytes = 0;
  for (const one of reported) {
    const bytes = Buffer.byteLength(JSON.stringify(one.result)) + 1;
    const batch = batches.at(-1);
    if (batch === undefined || batch.length >= batchSize || bytes > left_bytes) {
      batches.push([one]);
      left_bytes = batchLimit_bytes - bytes;
    } else {
      batch.push(one);
      left_bytes -= bytes;
    }
  }
  return batches;
}

/** Our side of the benchmark, a process of its own as the others' are: `ours.ts MODE COUNT ADDRESS`, the token in API_KEY. */
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "../../packages/client/src/index.ts";
import { passAll, register, submissionOf } from "../by-hand.ts";

/** Together as many slots as the others have jobs under way at a time. */
const workers = 4;
const slots = 64;
/** Rounds that are not counted: idle workers have been there for long, their code is warm. */
const warmUp = 50;
const [mode = "", countText = "", address = ""] = process.argv.slice(2);
const count = Number(countText);
const client = createClient({ addresses: [address], apiKey: process.env["API_KEY"] ?? "" });
const key = `run-${process.pid}`;

/** Cycles of a full queue: a lease asked for, its result sent and acknowledged. @returns how long all took */
async function throughput(): Promise<number> {
  const { run } = await client.submitRun(submissionOf(key, count, { speculation: false }));
  const ids = await Promise.all(
    Array.from({ length: workers }, async (_, index) => (await register(client, `${key}-${index}`, slots)).worker),
  );
  const began_ms = performance.now();
  let done = 0;
  const drain = async (worker: string) => {
    while (done < count) {
      const { leases } = await client.lease(worker, { slots, wait_ms: 0, run });
      if (leases.length === 0) await pause(1);
      // Read after the wait: the others count meanwhile.
      const passed = await passAll(client, worker, leases, 1);
      done += passed;
    }
  };
  await Promise.all(ids.map(drain));
  // A read is part of it: whatever is written late has to be there for it.
  const { verdict, account } = await client.getRun(run);
  const took_ms = performance.now() - began_ms;
  if (verdict !== "passed" || account.passed !== count) throw new Error(`the run is ${verdict} with ${account.passed} passed`);
  await Promise.all(ids.map((worker) => client.leaveWorker(worker)));
  return took_ms;
}

/** From the call that submits one task to the waiting worker's having it. @param project `default` has the history of all files of the full queue */
async function latencies(project: string): Promise<number[]> {
  const { worker } = await register(client, key, 1);
  const taken_ms: number[] = [];
  for (let round = -warmUp; round < count; round += 1) {
    const waiting = client.lease(worker, { slots: 1, wait_ms: 60_000 });
    // Until the request waits there.
    await pause(10);
    const submission = { ...submissionOf(`${key}-${round}`, 1), project };
    const began_ms = performance.now();
    const submitted = client.submitRun(submission);
    const { leases } = await waiting;
    if (round >= 0) taken_ms.push(performance.now() - began_ms);
    await submitted;
    await passAll(client, worker, leases, 1);
  }
  await client.leaveWorker(worker);
  return taken_ms;
}

console.log(
  JSON.stringify(mode === "throughput" ? await throughput() : await latencies(mode === "latencies" ? "idle" : "default")),
);
await client.close();

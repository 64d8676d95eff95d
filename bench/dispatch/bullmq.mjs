// BullMQ's side: `bullmq.mjs MODE COUNT SOCKET`. Runs where the benchmark has installed its packages.
import { setTimeout as pause } from "node:timers/promises";
import { Queue, Worker } from "bullmq";

const [mode, countText, path] = process.argv.slice(2);
const count = Number(countText);
/** Rounds that are not counted: idle workers have been there for long, their code is warm. */
const warmUp = 50;
const connection = { path, maxRetriesPerRequest: null };
const name = `queue-${process.pid}`;
const queue = new Queue(name, { connection });
const concurrency = 256;

async function throughput() {
  for (let from = 0; from < count; from += 1000)
    await queue.addBulk(
      Array.from({ length: Math.min(1000, count - from) }, (_, index) => ({ name: "job", data: { index: from + index } })),
    );
  let done = 0;
  const { promise, resolve } = Promise.withResolvers();
  const worker = new Worker(name, async () => "passed", { connection, concurrency, autorun: false });
  // Told when Redis has answered that the job is finished.
  worker.on("completed", () => (done += 1) === count && resolve());
  await worker.waitUntilReady();
  const began_ms = performance.now();
  void worker.run();
  await promise;
  const took_ms = performance.now() - began_ms;
  const completed = await queue.getCompletedCount();
  if (completed !== count) throw new Error(`${completed} of ${count} jobs are completed`);
  await worker.close();
  return took_ms;
}

async function latencies() {
  let picked = () => {};
  const worker = new Worker(name, async () => picked(performance.now()), { connection });
  await worker.waitUntilReady();
  const taken_ms = [];
  for (let round = -warmUp; round < count; round += 1) {
    await pause(10);
    const got = new Promise((resolve) => (picked = resolve));
    const began_ms = performance.now();
    const added = queue.add("job", { round });
    const got_ms = await got;
    if (round >= 0) taken_ms.push(got_ms - began_ms);
    await added;
  }
  await worker.close();
  return taken_ms;
}

console.log(JSON.stringify(mode === "throughput" ? await throughput() : await latencies()));
await queue.obliterate({ force: true });
await queue.close();

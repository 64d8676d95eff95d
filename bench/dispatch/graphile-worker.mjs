// graphile-worker's side, batched as its page on performance says: `graphile-worker.mjs MODE COUNT SOCKET_FOLDER`.
import { setTimeout as pause } from "node:timers/promises";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

const [mode, countText, host] = process.argv.slice(2);
const count = Number(countText);
/** Rounds that are not counted: idle workers have been there for long, their code is warm. */
const warmUp = 50;
const pgPool = new pg.Pool({ host, user: "bench", database: "postgres", max: 20 });
pgPool.on("error", (error) => {
  throw error;
});
pgPool.on("connect", (client) => client.on("error", () => {}));
const logger = new Logger(() => () => {});
const utils = await makeWorkerUtils({ pgPool, logger });
await utils.migrate();
const worker = { concurrentJobs: 256, localQueue: { size: 1000 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
const start = (job) => run({ pgPool, logger, taskList: { job }, noHandleSignals: true, preset: { worker }, crontab: "" });
const left = async () => Number((await pgPool.query("select count(*) as left from graphile_worker.jobs")).rows[0].left);

async function throughput() {
  for (let from = 0; from < count; from += 1000)
    await utils.addJobs(
      Array.from({ length: Math.min(1000, count - from) }, (_, index) => ({
        identifier: "job",
        payload: { index: from + index },
      })),
    );
  // As autovacuum would by and by.
  await pgPool.query("analyze");
  let done = 0;
  const { promise, resolve } = Promise.withResolvers();
  const began_ms = performance.now();
  const runner = await start(async () => void ((done += 1) === count && resolve()));
  await promise;
  // Completions are written in batches; a job is done when it is gone.
  while ((await left()) > 0) await pause(2);
  const took_ms = performance.now() - began_ms;
  await runner.stop();
  return took_ms;
}

async function latencies() {
  let picked = () => {};
  const runner = await start(async () => picked(performance.now()));
  const taken_ms = [];
  await pause(500);
  for (let round = -warmUp; round < count; round += 1) {
    await pause(10);
    const got = new Promise((resolve) => (picked = resolve));
    const began_ms = performance.now();
    const added = utils.addJob("job", { round });
    const got_ms = await got;
    if (round >= 0) taken_ms.push(got_ms - began_ms);
    await added;
  }
  await runner.stop();
  return taken_ms;
}

console.log(JSON.stringify(mode === "throughput" ? await throughput() : await latencies()));
await utils.release();
await pgPool.end();

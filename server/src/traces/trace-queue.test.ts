import pino from "pino";
import { expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { World, submissionOf } from "../testing/world.ts";
import type { SpanData } from "./span.ts";
import { TraceQueue } from "./trace-queue.ts";

/** Plays what is pending of the run with that file, and lets it fail or pass. */
async function play(world: World, worker: Awaited<ReturnType<World["worker"]>>, outcome: "failed" | "passed"): Promise<string> {
  const { run } = await world.scheduler.submit(submissionOf(["a.test.js"], { options: { max_retries: 0 } }));
  const [lease] = await worker.lease();
  if (lease === undefined) throw new Error("nothing was dealt");
  await worker.run(lease, outcome);
  return run;
}

/** What sends takes as long as the test wants. */
function slowExporter() {
  const sending: { readonly spans: readonly SpanData[]; readonly done: () => void }[] = [];
  const send = (spans: readonly SpanData[]) => new Promise<void>((done) => sending.push({ spans, done }));
  return { sending, send, close: () => Promise.resolve() };
}

function queueOf(world: World, exporter: ReturnType<typeof slowExporter>): TraceQueue {
  return new TraceQueue({
    open: () => Promise.resolve(exporter),
    queries: world.inside.queries,
    leadership: { current: world.scheduler },
    clock: systemClock,
    log: pino({ level: "silent" }),
    options: {},
  });
}

test("a run that is opened again and ends while its trace is being sent has the trace of that sent, too", async () => {
  await using world = await World.open();
  const exporter = slowExporter();
  const queue = queueOf(world, exporter);
  const worker = await world.worker("one");
  const run = await play(world, worker, "failed");
  queue.ended(run);
  await expect.poll(() => exporter.sending.length).toBe(1);
  expect(await play(world, worker, "passed")).toBe(run);
  queue.ended(run);
  exporter.sending[0]?.done();
  await expect.poll(() => exporter.sending.length).toBe(2);
  expect(exporter.sending[1]?.spans.length).toBeGreaterThan(0);
  exporter.sending[1]?.done();
  await expect.poll(() => world.inside.queries.runs.byId(run)?.traced).toBe(true);
  expect(queue.figures).toMatchObject({ runs: 2, dropped: 0 });
  await queue.close();
  expect(exporter.sending).toHaveLength(2);
});

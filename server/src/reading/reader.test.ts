import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDiskBlobs } from "../blobs/disk-blobs.ts";
import { World, submissionOf } from "../testing/world.ts";
import { type Question, answerOf } from "./question.ts";
import { Reader, readValue } from "./reader.ts";

const fileCount = 320;

/** A world with a run of many files, half of which fail, and one of few, and who reads in it. */
async function seeded() {
  const world = await World.open();
  const worker = await world.worker("one", {}, 256);
  const play = async (run_key: string, count: number, project = "default") => {
    const files = Array.from({ length: count }, (_, index) => `f${index}.test.js`);
    const { run } = await world.scheduler.submit(submissionOf(files, { run_key, project, options: { max_retries: 0 } }));
    for (let leases = await worker.lease(256); leases.length > 0; leases = await worker.lease(256))
      for (const lease of leases) await worker.run(lease, lease.fence % 2 === 0 ? "failed" : "passed");
    return run;
  };
  const directory = join(world.directory, "blobs");
  mkdirSync(directory);
  const store = await openDiskBlobs(directory, 1e6);
  const { queries } = world.inside;
  const parts = { queries, store, clock: world.clock, tables: join(world.directory, "state.db"), blobs: directory };
  return { world, store, play, parts, reader: new Reader(parts) };
}

test("a thread answers of a large run what the coordinator itself would", async () => {
  const { world, store, play, reader } = await seeded();
  await using _ = world;
  const run = await play("large", fileCount);
  const query = { project: "default", key: "unit:f0.test.js", limit: 10 };
  const questions: Question[] = [
    { of: "report", run },
    { of: "failures", run },
    { of: "chart", run },
    { of: "check", run, completion: { sent: 0, canRerun: true, ended_at_ms: 1 } },
    { of: "comparison", run, with: run },
    { of: "timeline", run, query: { only: undefined, after: 0, limit: 50 } },
    { of: "failure-list", project: "default", limit: 10 },
    { of: "flaky", project: "default", limit: 10 },
    { of: "flaky-above", project: "default", threshold: 0 },
    { of: "test-history", query },
  ];
  const sources = { queries: world.inside.queries, blobs: store, now_ms: world.clock.now_ms() };
  for (const question of questions) {
    const answer = await reader.ask(question);
    expect(answer, question.of).toHaveProperty("text");
    expect(readValue(answer), question.of).toEqual(JSON.parse(JSON.stringify(await answerOf(sources, question))));
  }
  const page = await reader.ask({ of: "html", run });
  const html = "text" in page ? new TextDecoder().decode(page.text) : "";
  expect(html).toBe([...((await answerOf(sources, { of: "html", run })) as Iterable<string>)].join(""));
  await expect(reader.ask({ of: "comparison", run, with: undefined })).rejects.toMatchObject({ code: "not-found" });
  // What is written later is in the next answer.
  await play("one-more", 2);
  const list = (await reader.ask({ of: "failure-list", project: "default", limit: 10 }).then(readValue)) as { of_runs: number };
  expect(list.of_runs).toBe(2);
  await reader.close();
});

test("what is little is answered without a thread, and one that nobody asks ends", async () => {
  const { world, play, reader } = await seeded();
  await using _ = world;
  const small = await play("small", 3, "quiet");
  expect(await reader.ask({ of: "failures", run: small })).toHaveProperty("value");
  expect(reader.isAwake).toBe(false);
  const large = await play("large", fileCount);
  await reader.ask({ of: "failures", run: large });
  expect(reader.isAwake).toBe(true);
  world.clock.advance(60_000);
  expect(reader.isAwake).toBe(false);
  expect(await reader.ask({ of: "failures", run: large })).toHaveProperty("text");
  await reader.close();
  await expect(reader.ask({ of: "failures", run: large })).rejects.toMatchObject({ code: "draining" });
});

test("where nobody else waits, more is answered without a thread", async () => {
  const { world, play, parts } = await seeded();
  await using _ = world;
  const run = await play("large", fileCount);
  const alone = new Reader({ ...parts, atHand: fileCount + 1 });
  expect(await alone.ask({ of: "report", run })).toHaveProperty("value");
  const limited = new Reader({ ...parts, atHand: fileCount });
  expect(await limited.ask({ of: "report", run })).toHaveProperty("text");
  await Promise.all([alone.close(), limited.close()]);
});

test("the same is asked once for all who wait, and who would wait behind a hundred others is sent away", async () => {
  const { world, play, reader } = await seeded();
  await using _ = world;
  const run = await play("large", fileCount);
  const page = (after: number) => reader.ask({ of: "timeline", run, query: { only: undefined, after, limit: 1 } });
  const first = page(0);
  const [second, third] = [page(1), page(1)];
  const others = Promise.allSettled(Array.from({ length: 99 }, (_each, index) => page(index + 2)));
  await expect(page(1000)).rejects.toMatchObject({ code: "answers-busy", status: 503, details: { waiting: 100 } });
  expect(await second).toBe(await third);
  expect(readValue(await first)).toMatchObject({ events: [{ kind: "submitted" }] });
  await reader.close();
  const ended = await others;
  // Those that had not come to an answer learn that they get none.
  for (const one of ended) if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "draining" });
  expect(ended.some(({ status }) => status === "rejected")).toBe(true);
});

import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { caseResultSchema, type WorkerEvent } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Journal } from "./journal.ts";
import { identityOf, Outbox, type OutboxOptions } from "./outbox.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const attempt = (task: number) => identityOf("r-0123456789abcdef", task + 1, { task, attempt: 1 });
const caseOf = (name: string) => caseResultSchema.parse({ path: [name], status: "passed", duration_ms: 1 });
const passed = { outcome: "passed", duration_ms: 1 } as const;

function outboxIn(options: Partial<OutboxOptions> & { readonly disk_bytes?: number } = {}) {
  const { disk_bytes = 1e6, ...rest } = options;
  const journal = new Journal({ folder, limit_bytes: disk_bytes, ephemeral: false });
  return { journal, outbox: new Outbox({ journal, linger_ms: 1e6, ...rest }) };
}

/** Everything that is sent, in order; each request is acknowledged. */
async function sentBy(outbox: Outbox): Promise<{ events: WorkerEvent[]; logs: string[] }> {
  const events: WorkerEvent[] = [];
  const logs: string[] = [];
  outbox.close();
  for (let batch = await outbox.take(); batch !== undefined; batch = await outbox.take()) {
    for (const { event, log } of batch) {
      events.push(event);
      if (log !== undefined) logs.push(log.toString());
    }
    outbox.settle();
  }
  return { events, logs };
}

/** An end brings the cases that waited with it. */
const namesOf = (events: readonly WorkerEvent[]) =>
  events.flatMap((event) => {
    const cases = event.type === "cases" ? event.cases : event.type === "finished" ? (event.last ?? []) : [];
    return [...cases.map(({ path }) => path.join()), ...(event.type === "cases" ? [] : [event.type])];
  });

const filesIn = () => readdirSync(folder);

test("while nobody answers, tests need not wait: what they report is on the disk, and goes out whole and in order", async () => {
  const { outbox, journal } = outboxIn({ limit: 4 });
  outbox.started(attempt(0));
  void outbox.addCase(attempt(0), 0, caseOf("0"));
  outbox.away(true);
  for (let index = 1; index < 50; index += 1) expect(outbox.addCase(attempt(0), index, caseOf(String(index)))).toBeUndefined();
  outbox.finished(attempt(0), 50, { ...passed, log: Buffer.from("what it pri\u0000nted: ünï") });
  expect(filesIn()).toHaveLength(1);
  outbox.away(false);
  const { events, logs } = await sentBy(outbox);
  expect(namesOf(events)).toEqual(["started", ...Array.from({ length: 50 }, (_, index) => String(index)), "finished"]);
  expect(logs).toEqual(["what it pri\u0000nted: ünï"]);
  expect(events.flatMap((event) => (event.type === "cases" ? [event.first] : []))[1]).toBeGreaterThan(0);
  journal.close();
  expect(filesIn()).toEqual([]);
});

test("beyond the disk's limit and memory's, tests wait", async () => {
  const { outbox } = outboxIn({ limit: 4, disk_bytes: 2000 });
  outbox.away(true);
  let index = 0;
  let wait: Promise<void> | undefined;
  while (wait === undefined && index < 1000) wait = outbox.addCase(attempt(0), index++, caseOf(String(index)));
  expect(wait).toBeInstanceOf(Promise);
  expect(index).toBeGreaterThan(4);
  expect(readFileSync(join(folder, filesIn()[0] ?? "")).length).toBeLessThanOrEqual(2000);
  const { events } = await sentBy(outbox);
  await wait;
  expect(namesOf(events)).toHaveLength(index);
});

test("what a process leaves is taken up: attempts that had ended, and what was under way, but no halves", async () => {
  const { outbox, journal } = outboxIn();
  void outbox.addCase(attempt(0), 0, caseOf("under way"));
  void outbox.flush();
  await outbox.take();
  outbox.away(true);
  outbox.finished(attempt(0), 1, { ...passed, log: Buffer.from("log") });
  void outbox.addCase(attempt(1), 0, caseOf("without an end"));
  outbox.released(attempt(2), "the worker ends");
  journal.close();
  const [name = ""] = filesIn();
  appendFileSync(join(folder, name), '{"event":{"type":"finished","run":"r-01');

  const next = outboxIn();
  expect(next.outbox.takeUp()).toBe(2);
  expect([...next.outbox.fences()]).toEqual([attempt(0).fence]);
  // Nobody else takes up what is taken up already.
  expect(outboxIn().outbox.takeUp()).toBe(0);
  const { events, logs } = await sentBy(next.outbox);
  expect(namesOf(events)).toEqual(["under way", "finished"]);
  expect(logs).toEqual(["log"]);
  expect(filesIn()).toEqual([]);
});

test("a file that no worker wrote, or another version of it, harms nothing", () => {
  writeFileSync(join(folder, `results-${process.pid}-1000.jsonl`), 'no journal\n{"event":{"type":"new"}}\n\n[]\nnull\n');
  writeFileSync(join(folder, "results-x-1.jsonl"), "another's");
  expect(outboxIn().outbox.takeUp()).toBe(0);
  expect(filesIn()).toEqual(["results-x-1.jsonl"]);
});

test("a disk that cannot be written is told of, and nothing is lost", async () => {
  writeFileSync(join(folder, "file"), "");
  const troubles: unknown[] = [];
  const journal = new Journal({ folder: join(folder, "file"), limit_bytes: 1e6, ephemeral: false });
  const outbox = new Outbox({ journal, linger_ms: 1e6, onJournalTrouble: (error) => troubles.push(error) });
  outbox.away(true);
  void outbox.addCase(attempt(0), 0, caseOf("one"));
  outbox.finished(attempt(0), 1, passed);
  expect(troubles).toHaveLength(1);
  expect(namesOf((await sentBy(outbox)).events)).toEqual(["one", "finished"]);
});

test("results that are given up are kept no longer, and an ephemeral worker leaves nothing", async () => {
  const { outbox, journal } = outboxIn();
  outbox.away(true);
  outbox.finished(attempt(0), 0, passed);
  outbox.discard(({ fence }) => fence === attempt(0).fence);
  journal.close();
  expect(filesIn()).toEqual([]);

  const brief = new Journal({ folder, limit_bytes: 1e6, ephemeral: true });
  const last = new Outbox({ journal: brief, linger_ms: 1e6 });
  last.away(true);
  last.finished(attempt(0), 0, passed);
  expect(filesIn()).toHaveLength(1);
  brief.close();
  mkdirSync(folder, { recursive: true });
  expect(filesIn()).toEqual([]);
});

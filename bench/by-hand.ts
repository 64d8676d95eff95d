import { createHash } from "node:crypto";
import { type Lease, type Submission, type WorkerEvent, manifestText, submissionSchema } from "@shardwright/core";
import type { Client } from "../packages/client/src/index.ts";

/** The most that one request takes, by the protocol. */
export const slotLimit = 256;
export const eventLimit = 2000;

/** A run of so many files that nobody has to run. */
export function submissionOf(run_key: string, count: number, options: { speculation?: boolean } = {}): Submission {
  const suites = [{ name: "unit", runner: "command", directory: ".", options: {} }];
  const tasks = Array.from({ length: count }, (_, index) => ({
    key: `unit:f${index}.test.js`,
    suite: "unit",
    kind: "file" as const,
    file: `f${index}.test.js`,
    args: [],
    requirements: {},
    hash: "0".repeat(64),
  }));
  const manifest_hash = createHash("sha256").update(manifestText({ tasks, suites })).digest("hex");
  return submissionSchema.parse({ run_key, workspace: { kind: "dir", path: "/none" }, suites, tasks, manifest_hash, options });
}

/** @returns its id, and how often it has to say that it lives */
export async function register(
  client: Client,
  name: string,
  slots = slotLimit,
): Promise<{ worker: string; heartbeat_ms: number }> {
  const capabilities = { os: "linux" as const, arch: "x64" as const, cpu: 1, memory_mib: 1024, tags: [], details: {} };
  return client.registerWorker({ name, instance: `instance-of-${name}`, slots, capabilities, version: "1" });
}

/**
 * Reports all tasks of these leases as passed, with so many cases each, in requests as full as the protocol lets them be.
 * @param case_ms what each case takes
 */
export async function passAll(
  client: Client,
  worker: string,
  leases: readonly Lease[],
  cases: number,
  case_ms = 1,
): Promise<number> {
  const events = leases.flatMap((lease) =>
    lease.tasks.flatMap(({ task, attempt }) => eventsOf(lease, task, attempt, cases, case_ms)),
  );
  for (let from = 0; from < events.length; from += eventLimit) {
    const sent = events.slice(from, from + eventLimit);
    const { accepted } = await client.sendResults(worker, { events: sent });
    if (accepted !== sent.length) throw new Error(`${sent.length - accepted} of ${sent.length} events were not taken`);
  }
  return leases.reduce((sum, { tasks }) => sum + tasks.length, 0);
}

function eventsOf({ run, fence }: Lease, task: number, attempt: number, count: number, case_ms: number): WorkerEvent[] {
  const base = { run, fence, task, attempt };
  const cases = Array.from({ length: count }, (_, index) => ({
    path: ["group", `does what it should, case ${index}`],
    ordinal: 0,
    status: "passed" as const,
    duration_ms: case_ms,
    retries: 0,
  }));
  // As workers tell of what takes less than the moment that their cases wait for company.
  return [{ type: "finished", ...base, outcome: "passed", duration_ms: count * case_ms, cases: count, last: cases }];
}

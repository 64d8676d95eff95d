import { createHash } from "node:crypto";
import type { Client } from "@shardwright/client";
import {
  type Measured,
  type Remeasurement,
  ShardwrightError,
  type Submission,
  type Suite,
  type Task,
  type Workspace,
  manifestText,
  measuredValue,
  measuringTurns,
  submissionSchema,
  workerTag,
} from "@shardwright/core";
import type { Journal } from "./journal.ts";

export interface MeasureOptions {
  readonly client: Client;
  readonly journal: Journal;
  readonly project: string;
  readonly what: Measured;
  readonly task: Task;
  readonly suite: Suite;
  readonly priority: number;
  readonly timeout_ms: number;
  readonly taskTimeout_ms: number;
  readonly runs_limit: number;
  /** Names of the workers to measure on, each by itself. */
  readonly machines: readonly string[];
  readonly workspaceOf: (commit: string) => Workspace;
  readonly signal: AbortSignal;
}

/** As many measurements were made as may be. */
export class OutOfRuns extends Error {}

/** Measures commits in turns on each machine, one run a measurement, and keeps what was measured. */
export class Measurer {
  readonly #options: MeasureOptions;
  /** Measurements made now, without those that were kept from before. */
  runs = 0;

  constructor(options: MeasureOptions) {
    this.#options = options;
  }

  /** @throws ShardwrightError `interrupted`, `measuring-failed` @throws OutOfRuns */
  async measure(
    step: number,
    commits: readonly string[],
    { from, times }: { readonly from: number; readonly times: number },
  ): Promise<(Remeasurement[] | { readonly problem: string })[]> {
    const { machines } = this.#options;
    const found: Remeasurement[][] = commits.map(() => []);
    const problems = new Map<number, string>();
    const onMachine = async (machine: string, share: number, first: number) => {
      const counts = commits.map(() => first);
      for (const at of measuringTurns(commits.length, share)) {
        // A commit that cannot be measured will not be so the next time; without it the others tell nothing.
        if (problems.size > 0) return;
        const ordinal = (counts[at] = (counts[at] ?? 0) + 1);
        const commit = commits[at] ?? "";
        const one = await this.#once(`${step}/${commit}/${machine}/${ordinal}`, commit, machine);
        if ("problem" in one) problems.set(at, one.problem);
        else found[at]?.push({ value: one.value, machine });
      }
    };
    const before = share(from, machines.length);
    const after = share(from + times, machines.length);
    const done = await Promise.allSettled(
      machines.map((machine, at) => onMachine(machine, (after[at] ?? 0) - (before[at] ?? 0), before[at] ?? 0)),
    );
    for (const one of done) if (one.status === "rejected") throw one.reason;
    return commits.map((_, at) => {
      const problem = problems.get(at);
      return problem === undefined ? (found[at] ?? []) : { problem };
    });
  }

  async #once(key: string, commit: string, machine: string): Promise<{ readonly value: number } | { readonly problem: string }> {
    const { journal, signal, runs_limit } = this.#options;
    const known = journal.get(key);
    if (known?.value !== undefined) return { value: known.value };
    if (known?.problem !== undefined) return { problem: known.problem };
    if (signal.aborted) throw new ShardwrightError("interrupted");
    if (this.runs >= runs_limit) throw new OutOfRuns();
    this.runs += 1;
    const measured = await this.#run(key, commit, machine);
    journal.add({ key, ...measured });
    return measured;
  }

  async #run(key: string, commit: string, machine: string): Promise<{ readonly value: number } | { readonly problem: string }> {
    const { client, signal, what } = this.#options;
    const { run } = await client.submitRun(this.#submission(key, commit, machine), { signal });
    const cancel = () => void client.cancelRun(run, "the search was stopped").catch(() => {});
    signal.addEventListener("abort", cancel, { once: true });
    try {
      for await (const { event } of client.runEvents(run, { signal })) if (event.type === "ended") break;
      signal.throwIfAborted();
      const report = await client.getReport(run);
      const [task] = report.tasks;
      const attempt = task?.attempts.at(-1);
      const isOfMachine = attempt?.failure?.kind === "infrastructure" || attempt?.failure?.kind === "unsatisfiable";
      if (attempt === undefined || isOfMachine || task?.status === "incomplete" || task?.status === "cancelled")
        throw new ShardwrightError("measuring-failed", {
          commit: commit.slice(0, 12),
          worker: machine,
          reason: attempt?.failure?.message ?? task?.reason ?? "its run ended without a result",
        });
      return measuredValue(attempt, what);
    } catch (error) {
      if (signal.aborted) throw new ShardwrightError("interrupted");
      throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  #submission(key: string, commit: string, machine: string): Submission {
    const { journal, project, task: whole, suite, priority, timeout_ms, taskTimeout_ms, workspaceOf } = this.#options;
    const { part: _part, repeat: _repeat, requirements, ...rest } = whole;
    const task: Task = { ...rest, requirements: { ...requirements, tags: [...(requirements.tags ?? []), workerTag(machine)] } };
    const hash = createHash("sha256");
    return submissionSchema.parse({
      project,
      run_key: `bisect-${journal.id}-${createHash("sha256").update(key).digest("hex").slice(0, 24)}`,
      context: { commit },
      workspace: workspaceOf(commit),
      suites: [suite],
      tasks: [task],
      manifest_hash: hash.update(manifestText({ tasks: [task], suites: [suite] })).digest("hex"),
      options: {
        max_retries: 0,
        timeout_ms,
        task_timeout_ms: taskTimeout_ms,
        task_timeout_multiplier: 0,
        speculation: false,
        priority,
        purpose: "measurement",
      },
    });
  }
}

/** So many measurements, spread over the machines: the first ones have one more. */
function share(times: number, machines: number): number[] {
  return Array.from({ length: machines }, (_, at) => Math.floor((times + machines - 1 - at) / machines));
}

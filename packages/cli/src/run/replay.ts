import { finalAttempts, type ReportTask, type RunReport } from "@shardwright/core";
import type { Runner, RunnerEvent, RunnerSession, SessionTask } from "@shardwright/runners";

type Attempt = ReportTask["attempts"][number];

const replayed = ["passed", "failed", "errored", "skipped"] as const;
type Outcome = (typeof replayed)[number];

/**
 * Runners that know what came of tasks before: they report it again, attempt by attempt, and run only what they do not know. With them
 * a worker hands in what it did while its coordinator was away.
 */
export function withKnownResults(runners: ReadonlyMap<string, Runner>, { tasks }: RunReport): Map<string, Runner> {
  const known = new Map<string, Attempt[]>();
  for (const task of tasks) {
    const ended = attemptsOf(task).filter(({ status }) => replayed.includes(status as Outcome));
    if (ended.length > 0) known.set(keyOf(task.runner, task.file, task.args), ended);
  }
  return new Map([...runners].map(([name, runner]) => [name, replaying(runner, known)]));
}

/** Of a file that was dealt out in parts, one: the last of each part, put together. */
function attemptsOf(task: ReportTask): readonly Attempt[] {
  const final = finalAttempts(task);
  if (task.parts === undefined) return task.attempts;
  const [first] = final;
  if (first === undefined || final.length < task.parts || final.some(({ status }) => !replayed.includes(status as Outcome)))
    return [];
  const bad = final.find(({ status }) => status === "errored") ?? final.find(({ status }) => status === "failed");
  const telling = bad ?? final.find(({ status }) => status === "passed") ?? first;
  const logs = final.flatMap(({ log }) => log ?? []);
  return [{ ...telling, cases: final.flatMap(({ cases }) => cases), ...(logs.length > 0 && { log: logs.join("") }) }];
}

function replaying(runner: Runner, known: Map<string, Attempt[]>): Runner {
  return {
    ...runner,
    // A session for known results needs no process.
    opensEarly: false,
    async open(options) {
      // What is known does not say what was covered: it runs again.
      if (options.options["coverage"] === true) return runner.open(options);
      let real: RunnerSession | undefined;
      return {
        get usable() {
          return real?.usable ?? true;
        },
        async *execute(tasks) {
          for (const task of tasks) {
            const isWhole = task.cases === undefined && task.except === undefined;
            const attempt = isWhole ? known.get(keyOf(runner.name, task.file, task.args))?.shift() : undefined;
            if (attempt !== undefined) yield* tell(task, attempt);
            else {
              if (real?.usable !== true) real = await runner.open(options);
              yield* real.execute([task]);
              // The tasks after it are run in a new session.
              if (!real.usable) return;
            }
          }
        },
        close: async (mode) => real?.close(mode),
      };
    },
  };
}

function* tell({ id }: SessionTask, { status, failure, cases, log }: Attempt): Generator<RunnerEvent> {
  yield { type: "started", id };
  if (log !== undefined) yield { type: "output", id, chunk: Buffer.from(log) };
  for (const result of cases) yield { type: "case", id, result };
  const outcome = status as Outcome;
  const isWrong = (outcome === "failed" || outcome === "errored") && failure !== undefined;
  yield { type: "finished", id, result: isWrong ? { outcome, failure } : { outcome } };
}

function keyOf(runner: string, file: string, args: readonly string[]): string {
  return JSON.stringify([runner, file, args]);
}

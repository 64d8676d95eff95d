import type { RunReport } from "@shardwright/core";
import type { Runner, RunnerEvent, RunnerSession, SessionTask } from "@shardwright/runners";

type Attempt = RunReport["tasks"][number]["attempts"][number];

const replayed = ["passed", "failed", "errored", "skipped"] as const;
type Outcome = (typeof replayed)[number];

/**
 * Runners that know what came of tasks before: they report it again, attempt by attempt, and run only what they do not know. With them
 * a worker hands in what it did while its coordinator was away.
 */
export function withKnownResults(runners: ReadonlyMap<string, Runner>, { tasks }: RunReport): Map<string, Runner> {
  const known = new Map<string, Attempt[]>();
  for (const { runner, file, args, attempts } of tasks) {
    const ended = attempts.filter(({ status }) => replayed.includes(status as Outcome));
    if (ended.length > 0) known.set(keyOf(runner, file, args), [...ended]);
  }
  return new Map([...runners].map(([name, runner]) => [name, replaying(runner, known)]));
}

function replaying(runner: Runner, known: Map<string, Attempt[]>): Runner {
  return {
    ...runner,
    // A session for known results needs no process.
    opensEarly: false,
    async open(options) {
      let real: RunnerSession | undefined;
      return {
        get usable() {
          return real?.usable ?? true;
        },
        async *execute(tasks) {
          for (const task of tasks) {
            const attempt = task.cases === undefined ? known.get(keyOf(runner.name, task.file, task.args))?.shift() : undefined;
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

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CaseResult, RunnerSession, SessionTask, TaskOutcome } from "../runner.ts";

/** A user's folder, for tests of a runner, and the sessions opened on it. */
export class TestFolder {
  /** Absolute. */
  readonly path: string;
  #sessions: RunnerSession[] = [];

  protected constructor(path: string) {
    this.path = path;
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.path, path)), { recursive: true });
      await writeFile(join(this.path, path), text);
    }
  }

  /** What the tests have appended to the file `log`, which is emptied. */
  async log(): Promise<string[]> {
    const path = join(this.path, "log");
    const text = await readFile(path, "utf8").catch(() => "");
    await rm(path, { force: true });
    return text.split("\n").filter((line) => line !== "");
  }

  /** Has a session end with the folder. */
  keep(session: RunnerSession): RunnerSession {
    this.#sessions.push(session);
    return session;
  }

  async closeSessions(mode: "graceful" | "now" = "now"): Promise<void> {
    await Promise.all(this.#sessions.splice(0).map((session) => session.close(mode)));
  }

  async remove(): Promise<void> {
    await this.closeSessions();
    // A process that was killed may be in the middle of writing its cache.
    await rm(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** What came of a task. */
export interface Ran {
  readonly cases: CaseResult[];
  result: TaskOutcome | undefined;
  printed: string;
}

/** Runs in this session, as one batch, the tasks that have no result yet. */
export async function runTasks(
  session: RunnerSession,
  tasks: readonly SessionTask[],
  ran: Ran[] = tasks.map(() => ({ cases: [], result: undefined, printed: "" })),
): Promise<Ran[]> {
  for await (const event of session.execute(tasks.filter(({ id }) => ran[id]?.result === undefined))) {
    // What is printed before a task has begun is about the one that comes next.
    const entry = event.id === undefined ? ran.find(({ result }) => result === undefined) : ran[event.id];
    if (entry === undefined) continue;
    if (event.type === "case") entry.cases.push(event.result);
    if (event.type === "finished") entry.result = event.result;
    if (event.type === "output") entry.printed += Buffer.from(event.chunk).toString();
  }
  return ran;
}

/** Runs the tasks as one batch; a text is a file. */
export function runIn(session: RunnerSession, ...given: readonly (string | Partial<SessionTask>)[]): Promise<Ran[]> {
  return runTasks(
    session,
    given.map((task, id) => ({ file: "", args: [], ...(typeof task === "string" ? { file: task } : task), id })),
  );
}

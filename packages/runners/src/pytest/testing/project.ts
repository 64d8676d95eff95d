import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CaseResult, ListedCase, RunnerSession, SessionTask, TaskOutcome } from "../../runner.ts";
import { pytestRunner } from "../runner.ts";

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:PYTEST|PYTHONUNBUFFERED$)/.test(name)),
) as Record<string, string>;

/** `TEST_PYTHON` names the interpreter with the version of pytest to test with. Undefined where there is none. */
export const python = [process.env["TEST_PYTHON"] ?? "/usr/bin/python3", "python3", "python"].find(
  (candidate) => spawnSync(candidate, ["-c", "import pytest; assert int(pytest.__version__.split('.')[0]) >= 7"]).status === 0,
);

export interface Ran {
  readonly cases: CaseResult[];
  result: TaskOutcome | undefined;
  printed: string;
}

/** A folder with tests for pytest, and the runner's ways to deal with it. */
export class TestProject {
  readonly workspace: string;
  readonly #sessions: RunnerSession[] = [];

  private constructor(workspace: string) {
    this.workspace = workspace;
  }

  static async create(): Promise<TestProject> {
    return new TestProject(await mkdtemp(join(tmpdir(), "shardwright-pytest-")));
  }

  async remove(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close("now")));
    await rm(this.workspace, { recursive: true, force: true });
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.workspace, path)), { recursive: true });
      await writeFile(join(this.workspace, path), text);
    }
  }

  /** What the tests have appended to the file `log`, which is emptied. */
  async log(): Promise<string[]> {
    const path = join(this.workspace, "log");
    const text = await readFile(path, "utf8").catch(() => "");
    await rm(path, { force: true });
    return text.split("\n").filter((line) => line !== "");
  }

  async list(file: string, args: readonly string[] = []): Promise<readonly ListedCase[]> {
    const request = { workspace: this.workspace, directory: ".", options: { python: python ?? "" }, environment };
    return (await pytestRunner.listCases?.({ ...request, file, args })) ?? [];
  }

  async open(args: readonly string[] = [], closeGrace_ms?: number): Promise<RunnerSession> {
    const { workspace } = this;
    const options = { python: python ?? "", args: [...args] };
    const session = await pytestRunner.open({ workspace, directory: ".", options, environment, closeGrace_ms });
    this.#sessions.push(session);
    return session;
  }
}

/** Runs the tasks as one batch. */
export async function runIn(session: RunnerSession, ...given: readonly (string | Partial<SessionTask>)[]): Promise<Ran[]> {
  const ran: Ran[] = given.map(() => ({ cases: [], result: undefined, printed: "" }));
  const tasks = given.map((task, id) => ({ file: "", args: [], ...(typeof task === "string" ? { file: task } : task), id }));
  for await (const event of session.execute(tasks)) {
    const entry = ran[event.id ?? 0];
    if (entry === undefined) continue;
    if (event.type === "case") entry.cases.push(event.result);
    if (event.type === "finished") entry.result = event.result;
    if (event.type === "output") entry.printed += Buffer.from(event.chunk).toString();
  }
  return ran;
}

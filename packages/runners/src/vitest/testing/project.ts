import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CaseResult, ListedCase, RunnerSession, SessionTask, Suite, TaskOutcome } from "../../runner.ts";
import { vitestRunner } from "../runner.ts";

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:NODE_OPTIONS|VITEST.*|TEST|NODE_ENV|CI)$/.test(name)),
) as Record<string, string>;
/** `TEST_VITEST` names the folder of another version to test with. */
const installed = process.env["TEST_VITEST"] ?? dirname(createRequire(import.meta.url).resolve("vitest/package.json"));

export interface Ran {
  readonly cases: CaseResult[];
  result: TaskOutcome | undefined;
  printed: string;
}

/** A folder in which vitest is installed, and the runner's ways to deal with it. */
export class TestProject {
  readonly workspace: string;
  readonly #sessions: RunnerSession[] = [];

  private constructor(workspace: string) {
    this.workspace = workspace;
  }

  static async create(): Promise<TestProject> {
    const workspace = await realpath(await mkdtemp(join(tmpdir(), "shardwright-vitest-")));
    await mkdir(join(workspace, "node_modules"));
    await symlink(installed, join(workspace, "node_modules/vitest"), "junction");
    return new TestProject(workspace);
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
    const { workspace } = this;
    return (await vitestRunner.listCases?.({ workspace, directory: ".", options: {}, environment, file, args })) ?? [];
  }

  async open(options: Suite["options"] = {}): Promise<RunnerSession> {
    const { workspace } = this;
    const session = await vitestRunner.open({ workspace, directory: ".", options, environment });
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

import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CaseResult, RunnerSession, Selection, SessionTask, Suite, TaskOutcome } from "../../runner.ts";
import { mochaRunner } from "../runner.ts";

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:NODE_OPTIONS|VITEST.*|TEST|NODE_ENV|CI|MOCHA.*)$/.test(name)),
) as Record<string, string>;
const everything: Selection = { patterns: [], directories: [], excludes: [] };
const require = createRequire(import.meta.url);
const installed = {
  mocha: require.resolve("mocha/package.json"),
  "mocha-11": require.resolve("mocha-11/package.json"),
  "mocha-10": require.resolve("mocha-10/package.json"),
  tsx: require.resolve("tsx/package.json"),
};

export interface Ran {
  readonly cases: CaseResult[];
  result: TaskOutcome | undefined;
  printed: string;
}

/** A folder with a mocha of the version asked for, and the runner's ways to deal with it. */
export class TestProject {
  readonly workspace: string;
  readonly #sessions: RunnerSession[] = [];

  private constructor(workspace: string) {
    this.workspace = workspace;
  }

  /** @param packages what stands in its node_modules, and which of ours it is */
  static async create(packages: Readonly<Record<string, keyof typeof installed>> = { mocha: "mocha" }): Promise<TestProject> {
    const workspace = await realpath(await mkdtemp(join(tmpdir(), "shardwright-mocha-")));
    await mkdir(join(workspace, "node_modules"));
    for (const [name, ours] of Object.entries(packages))
      await symlink(dirname(installed[ours]), join(workspace, "node_modules", name), "junction");
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

  detect(directory = "."): Promise<string | undefined> {
    return mochaRunner.detect({ workspace: this.workspace, directory });
  }

  async discover(selection: Partial<Selection> = {}, directory = ".", options: Suite["options"] = {}): Promise<string[]> {
    const request = { workspace: this.workspace, directory, options, environment };
    const { files } = await mochaRunner.discover({ ...request, selection: { ...everything, ...selection } });
    return files.map(({ file }) => file);
  }

  async list(file: string, options: Suite["options"] = {}) {
    const request = { workspace: this.workspace, directory: ".", options, environment };
    return (await mochaRunner.listCases?.({ ...request, file, args: [] })) ?? [];
  }

  async open(
    options: Suite["options"] = {},
    directory = ".",
    more: Readonly<Record<string, string>> = {},
  ): Promise<RunnerSession> {
    const { workspace } = this;
    const session = await mochaRunner.open({ workspace, directory, options, environment: { ...environment, ...more } });
    this.#sessions.push(session);
    return session;
  }

  /** Runs the tasks as one batch in a session of their own; with others for what is left when it ends early, as a worker does. */
  async run(...tasks: readonly (string | Omit<SessionTask, "id">)[]): Promise<Ran[]> {
    const wanted = tasks.map((task, id) => (typeof task === "string" ? { id, file: task, args: [] } : { ...task, id }));
    const ran = await runIn(await this.open(), wanted);
    for (let more = 0; more < wanted.length && ran.some(({ result }) => result === undefined); more += 1)
      await runIn(await this.open(), wanted, ran);
    return ran;
  }
}

/** Runs in this session the tasks that have no result yet. */
export async function runIn(
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

export function summary(ran: Ran | undefined): string[] {
  return (ran?.cases ?? []).map(({ path, status }) => `${path.join(" > ")}: ${status}`);
}

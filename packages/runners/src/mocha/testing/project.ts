import { mkdir, mkdtemp, realpath, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RunnerSession, Selection, SessionOptions, SessionTask, Suite } from "../../runner.ts";
import { type Ran, TestFolder, runTasks } from "../../testing/test-folder.ts";
import { mochaRunner } from "../runner.ts";

export const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:NODE_OPTIONS|VITEST.*|TEST|NODE_ENV|CI|MOCHA.*)$/.test(name)),
) as Record<string, string>;
const everything: Selection = { patterns: [], directories: [], excludes: [] };
const require = createRequire(import.meta.url);
const installed = {
  mocha: require.resolve("mocha/package.json"),
  "mocha-11": require.resolve("mocha-11/package.json"),
  "mocha-10": require.resolve("mocha-10/package.json"),
  tsx: require.resolve("tsx/package.json"),
  c8: require.resolve("c8/package.json"),
  nyc: require.resolve("nyc/package.json"),
};

/** A folder with a mocha of the version asked for, and the runner's ways to deal with it. */
export class TestProject extends TestFolder {
  /** @param packages what stands in its node_modules, and which of ours it is */
  static async create(packages: Readonly<Record<string, keyof typeof installed>> = { mocha: "mocha" }): Promise<TestProject> {
    const workspace = await realpath(await mkdtemp(join(tmpdir(), "shardwright-mocha-")));
    await mkdir(join(workspace, "node_modules"));
    for (const [name, ours] of Object.entries(packages))
      await symlink(dirname(installed[ours]), join(workspace, "node_modules", name), "junction");
    return new TestProject(workspace);
  }

  detect(directory = "."): Promise<string | undefined> {
    return mochaRunner.detect({ workspace: this.path, directory });
  }

  async discover(selection: Partial<Selection> = {}, directory = ".", options: Suite["options"] = {}): Promise<string[]> {
    const request = { workspace: this.path, directory, options, environment };
    const { files } = await mochaRunner.discover({ ...request, selection: { ...everything, ...selection } });
    return files.map(({ file }) => file);
  }

  async list(file: string, options: Suite["options"] = {}) {
    const request = { workspace: this.path, directory: ".", options, environment };
    return (await mochaRunner.listCases?.({ ...request, file, args: [] })) ?? [];
  }

  async open(
    options: Suite["options"] = {},
    directory = ".",
    more: Readonly<Record<string, string>> = {},
    others: Pick<SessionOptions, "lastParts"> = {},
  ): Promise<RunnerSession> {
    const { path: workspace } = this;
    const session = await mochaRunner.open({
      workspace,
      directory,
      options,
      environment: { ...environment, ...more },
      ...others,
    });
    return this.keep(session);
  }

  /** Runs the tasks as one batch in a session of their own; with others for what is left when it ends early, as a worker does. */
  async run(...tasks: readonly (string | Omit<SessionTask, "id">)[]): Promise<Ran[]> {
    const wanted = tasks.map((task, id) => (typeof task === "string" ? { id, file: task, args: [] } : { ...task, id }));
    const ran = await runTasks(await this.open(), wanted);
    for (let more = 0; more < wanted.length && ran.some(({ result }) => result === undefined); more += 1)
      await runTasks(await this.open(), wanted, ran);
    return ran;
  }
}

export function summary(ran: Ran | undefined): string[] {
  return (ran?.cases ?? []).map(({ path, status }) => `${path.join(" > ")}: ${status}`);
}

import { mkdir, mkdtemp, realpath, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DiscoveredFile, RunnerSession, Selection, SessionTask, Suite } from "../../runner.ts";
import { type Ran, TestFolder, runTasks } from "../../testing/test-folder.ts";
import { playwrightRunner } from "../runner.ts";

const installed = dirname(createRequire(import.meta.url).resolve("@playwright/test/package.json"));

/** What tests of a user's see, without what the program that runs ours has added. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(?:NODE_OPTIONS|VITEST.*|TEST|NODE_ENV|CI|FORCE_COLOR|SHARDWRIGHT.*)$/.test(name),
  ),
) as Record<string, string>;

export const imports = `import { test, expect } from "@playwright/test";\n`;

/** A folder with Playwright in it and whatever is written there; ends the sessions it opened. */
export class Workspace extends TestFolder {
  static async make(files: Record<string, string>): Promise<Workspace> {
    const workspace = new Workspace(await realpath(await mkdtemp(join(tmpdir(), "shardwright-playwright-"))));
    await mkdir(join(workspace.path, "node_modules/@playwright"), { recursive: true });
    await symlink(installed, join(workspace.path, "node_modules/@playwright/test"), "junction");
    await workspace.write(files);
    return workspace;
  }

  async open(options: Suite["options"] = {}, directory = ".", extra: Record<string, string> = {}): Promise<RunnerSession> {
    const place = { workspace: this.path, directory };
    const session = await playwrightRunner.open({ ...place, options, environment: { ...environment, ...extra } });
    return this.keep(session);
  }

  async discover(selection: Partial<Selection> = {}, directory = ".", options: Suite["options"] = {}): Promise<DiscoveredFile[]> {
    const everything: Selection = { patterns: [], directories: [], excludes: [] };
    const request = { workspace: this.path, directory, selection: { ...everything, ...selection }, options, environment };
    return [...(await playwrightRunner.discover(request)).files];
  }

  async listCases(file: string, args: readonly string[] = []): Promise<{ path: readonly string[]; line?: number }[]> {
    const request = { workspace: this.path, directory: ".", options: {}, environment, file, args };
    return [...((await playwrightRunner.listCases?.(request)) ?? [])];
  }
}

/** Runs tasks as one batch; a text is a file, with the task's arguments after spaces. */
export async function run(session: RunnerSession, ...tasks: (string | Omit<SessionTask, "id">)[]): Promise<Ran[]> {
  const numbered = tasks.map((task, id): SessionTask => {
    if (typeof task !== "string") return { ...task, id };
    const [file = "", ...args] = task.split(" ");
    return { id, file, args };
  });
  return runTasks(session, numbered);
}

/** What each case came to, in a line. */
export function summary(ran: Ran | undefined): string[] {
  return (ran?.cases ?? []).map((result) =>
    [result.path.join(" > "), result.status, ...(result.note ? [result.note] : [])].join(": "),
  );
}

import { spawnSync } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunnerSession, Selection, SessionTask, Suite } from "../runner.ts";
import { type Ran, TestFolder, runIn } from "../testing/test-folder.ts";
import { goRunner } from "./runner.ts";

/** `TEST_GO` names the go command to test with. */
export const go = [process.env["TEST_GO"] ?? "go"].find((program) => spawnSync(program, ["version"]).status === 0);
export const minor = Number(
  /go1\.(\d+)/.exec(go === undefined ? "" : spawnSync(go, ["version"], { encoding: "utf8" }).stdout)?.[1],
);

export const environment: Record<string, string> = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("GO"),
    ),
  ),
  // No test may wait for a download.
  GOPROXY: "off",
  GOFLAGS: "-mod=mod",
  GOTOOLCHAIN: "local",
};

const everything: Selection = { patterns: [], directories: [], excludes: [] };

/** A folder with files, and sessions on it. */
export class Workspace extends TestFolder {
  static async make(files: Readonly<Record<string, string>>): Promise<Workspace> {
    const workspace = new Workspace(await mkdtemp(join(tmpdir(), "shardwright-go-test-")));
    await workspace.write(files);
    return workspace;
  }

  discover(selection: Partial<Selection> = {}, directory = ".", args: string[] = [], more: Record<string, string> = {}) {
    return goRunner.discover({
      workspace: this.path,
      directory,
      selection: { ...everything, ...selection },
      options: options(args),
      environment: { ...environment, ...more },
    });
  }

  async open(args: string[] = [], directory = ".", more: Record<string, string> = {}): Promise<RunnerSession> {
    const session = await goRunner.open({
      workspace: this.path,
      directory,
      options: options(args),
      environment: { ...environment, ...more },
    });
    return this.keep(session);
  }

  listCases(file: string, args: string[] = [], suiteArgs: string[] = []) {
    const request = { workspace: this.path, directory: ".", options: options(suiteArgs), environment, file, args };
    return goRunner.listCases?.(request) ?? [];
  }
}

export function options(args: string[] = []): Suite["options"] {
  return { go: go ?? "", args };
}

export async function runOne(session: RunnerSession, task: string | Omit<SessionTask, "id">): Promise<Ran> {
  const [ran] = await runIn(session, task);
  if (ran === undefined) throw new Error("nothing ran");
  return ran;
}

export function summary(ran: Ran | undefined): string[] {
  return (ran?.cases ?? []).map(
    ({ path, ordinal, status }) => `${path.join(" > ")}${ordinal === 0 ? "" : ` (${ordinal + 1})`}: ${status}`,
  );
}

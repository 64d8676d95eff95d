import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CaseResult, RunnerSession, Selection, SessionTask, Suite, TaskOutcome } from "../runner.ts";
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

export interface Ran {
  readonly cases: CaseResult[];
  result: TaskOutcome | undefined;
  printed: string;
}

/** A folder with files, and sessions on it. */
export class Workspace {
  readonly path: string;
  readonly #sessions: RunnerSession[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  static async make(files: Readonly<Record<string, string>>): Promise<Workspace> {
    const workspace = new Workspace(await mkdtemp(join(tmpdir(), "shardwright-go-test-")));
    await workspace.write(files);
    return workspace;
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.path, path)), { recursive: true });
      await writeFile(join(this.path, path), text);
    }
  }

  async remove(): Promise<void> {
    await this.closeSessions();
    await rm(this.path, { recursive: true, force: true });
  }

  async closeSessions(): Promise<void> {
    await Promise.all(this.#sessions.splice(0).map((session) => session.close("now")));
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
    this.#sessions.push(session);
    return session;
  }

  listCases(file: string, args: string[] = [], suiteArgs: string[] = []) {
    const request = { workspace: this.path, directory: ".", options: options(suiteArgs), environment, file, args };
    return goRunner.listCases?.(request) ?? [];
  }
}

export function options(args: string[] = []): Suite["options"] {
  return { go: go ?? "", args };
}

/** Runs tasks as one batch. */
export async function run(session: RunnerSession, ...tasks: (string | Omit<SessionTask, "id">)[]): Promise<Ran[]> {
  const ran: Ran[] = tasks.map(() => ({ cases: [], result: undefined, printed: "" }));
  const numbered = tasks.map((task, id) => (typeof task === "string" ? { id, file: task, args: [] } : { id, ...task }));
  for await (const event of session.execute(numbered)) {
    const entry = ran[event.id ?? 0];
    if (entry === undefined) continue;
    if (event.type === "case") entry.cases.push(event.result);
    if (event.type === "finished") entry.result = event.result;
    if (event.type === "output") entry.printed += Buffer.from(event.chunk).toString();
  }
  return ran;
}

export async function runOne(session: RunnerSession, task: string | Omit<SessionTask, "id">): Promise<Ran> {
  const [ran] = await run(session, task);
  if (ran === undefined) throw new Error("nothing ran");
  return ran;
}

export function summary(ran: Ran | undefined): string[] {
  return (ran?.cases ?? []).map(
    ({ path, ordinal, status }) => `${path.join(" > ")}${ordinal === 0 ? "" : ` (${ordinal + 1})`}: ${status}`,
  );
}

/** A folder with a jest suite in it for each test, and what tests do with it; imported by the files that test the runner. */
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, vi } from "vitest";
import type { CaseResult, RunnerSession, Selection, SessionTask, Suite, TaskOutcome } from "../../runner.ts";
import { closeIdleBases } from "../bases.ts";
import { jestRunner } from "../runner.ts";

const inherited = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(?:NODE_OPTIONS|VITEST.*|JEST.*|TEST|NODE_ENV|CI|SHARDWRIGHT.*|.*COLOR.*)$/.test(name),
  ),
) as Record<string, string>;
const everything: Selection = { patterns: [], directories: [], excludes: [] };
const require = createRequire(import.meta.url);
export const installations = {
  jest: dirname(require.resolve("jest/package.json")),
  "jest-29": dirname(require.resolve("jest-29/package.json")),
};

export const versions = process.env["TEST_FRAMEWORK_VERSIONS"] === "all" ? (["jest", "jest-29"] as const) : (["jest"] as const);

export let workspace: string;
export let scratch: string;
export let environment: Record<string, string>;
let sessions: RunnerSession[] = [];

beforeEach(async () => {
  workspace = await realpath(await mkdtemp(join(tmpdir(), "jest-suite-")));
  // Jest keeps its caches in the folder for temporary files.
  scratch = await mkdtemp(join(tmpdir(), "jest-scratch-"));
  environment = { ...inherited, TMPDIR: scratch, TEMP: scratch, TMP: scratch };
  await useJest("jest");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(sessions.map((session) => session.close("now")));
  sessions = [];
  await closeIdleBases();
  await rm(workspace, { recursive: true, force: true });
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

export async function useJest(installed: keyof typeof installations): Promise<void> {
  await rm(join(workspace, "node_modules"), { recursive: true, force: true });
  await mkdir(join(workspace, "node_modules"));
  await symlink(installations[installed], join(workspace, "node_modules/jest"), "junction");
}

export async function write(files: Record<string, string | object>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), typeof content === "string" ? content : JSON.stringify(content));
  }
}

/** A configuration in which nothing is transformed: to load babel takes most of a second. */
export const plain = { transform: {} };

export function manifest(jest: object = {}, more: object = {}): Record<string, object> {
  return { "package.json": { jest: { ...plain, ...jest }, ...more } };
}

export interface Opening {
  readonly options?: Suite["options"];
  readonly directory?: string;
  readonly slot?: number;
  readonly closeGrace_ms?: number;
  /** Where attempts leave what is kept. */
  readonly artifacts?: string;
}

export async function open({
  options = {},
  directory = ".",
  slot = 0,
  closeGrace_ms,
  artifacts,
}: Opening = {}): Promise<RunnerSession> {
  const session = await jestRunner.open({
    closeGrace_ms,
    workspace,
    directory,
    options,
    environment: {
      ...environment,
      SHARDWRIGHT_SLOT: String(slot),
      SHARDWRIGHT_RUN_ID: "run",
      ...(artifacts !== undefined && { SHARDWRIGHT_ARTIFACTS_DIR: artifacts }),
    },
  });
  sessions.push(session);
  return session;
}

export function discover(selection: Partial<Selection> = {}, directory = ".", options: Suite["options"] = {}) {
  return jestRunner.discover({ workspace, directory, selection: { ...everything, ...selection }, options, environment });
}

export async function listed(...args: Parameters<typeof discover>): Promise<string[]> {
  return (await discover(...args)).files.map(({ file, variant }) => (variant === undefined ? file : `${file}#${variant}`));
}

export async function listCases(file: string): Promise<string[]> {
  const cases = await jestRunner.listCases?.({ workspace, directory: ".", options: {}, environment, file, args: [] });
  return (cases ?? []).map(({ path, line }) => `${path.join(" > ")}:${line}`);
}

export interface Ran {
  readonly cases: CaseResult[];
  result: TaskOutcome | undefined;
  printed: string;
}

export type Given =
  | string
  | {
      readonly file: string;
      readonly args?: readonly string[];
      readonly cases?: SessionTask["cases"];
      readonly except?: SessionTask["except"];
      readonly finished?: SessionTask["finished"];
    };

/** Runs the files as one batch. */
export async function run(target: RunnerSession, ...given: Given[]): Promise<Ran[]> {
  const ran: Ran[] = given.map(() => ({ cases: [], result: undefined, printed: "" }));
  const tasks = given.map((one, id) => (typeof one === "string" ? { id, file: one, args: [] } : { id, args: [], ...one }));
  for await (const event of target.execute(tasks)) {
    const entry = ran[event.id ?? 0];
    if (entry === undefined) continue;
    if (event.type === "case") entry.cases.push(event.result);
    if (event.type === "finished") entry.result = event.result;
    if (event.type === "output") entry.printed += Buffer.from(event.chunk).toString();
  }
  return ran;
}

export function summary(ran: Ran | undefined): string[] {
  return (ran?.cases ?? []).map((result) =>
    [result.path.join(" > "), result.status, ...(result.note ? [result.note] : [])].join(": "),
  );
}

export function failedAs(kind: string, words = ""): object {
  return { outcome: "failed", failure: { kind, message: expect.stringContaining(words) } };
}

/** What a test framework of the project's own leaves out of its result. */
export const emptyResult = `leaks: false, numFailingTests: 0, numPendingTests: 0, numTodoTests: 0, openHandles: [], perfStats: {}, skipped: false, snapshot: { added: 0, matched: 0, unchecked: 0, uncheckedKeys: [], unmatched: 0, updated: 0, fileDeleted: false }`;

/** A test file whose tests write their names into a file, each time they run. */
export function logging(body: string): string {
  return `const log = (line) => require("node:fs").appendFileSync(${JSON.stringify(join(workspace, "log"))}, line + "\\n");\n${body}`;
}

export async function logged(): Promise<string[]> {
  const text = await readFile(join(workspace, "log"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

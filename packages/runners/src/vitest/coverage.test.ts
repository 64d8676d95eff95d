import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { coveragePartFile, coveragePartFolder } from "../coverage-parts.ts";
import { runIn } from "../testing/test-folder.ts";
import type { Vitest } from "vitest/node";
import { coverageWanted } from "./host/coverage.ts";
import { vitestRunner } from "./runner.ts";
import { TestProject } from "./testing/project.ts";

let project: TestProject;
let scratch: string;

const sources = {
  "src/sum.ts": `
export function sum(a: number, b: number): number {
  if (b === 0) {
    return a;
  }
  return a + b;
}
export const never = (): string => "never";
`,
  "src/alone.ts": "export const alone = (of: number): number => (of > 1 ? 1 : 2);\n",
  "a.test.ts": `import { expect, test } from "vitest"; import { sum } from "./src/sum.ts"; test("a", () => expect(sum(1, 2)).toBe(3));\n`,
  "b.test.ts": `import { expect, test } from "vitest"; import { sum } from "./src/sum.ts"; test("b", () => expect(sum(1, 0)).toBe(1));\n`,
  // Runs of it what the first one does, in the same process.
  "c.test.ts": `import { expect, test } from "vitest"; import { sum } from "./src/sum.ts"; test("c", () => expect(sum(2, 2)).toBe(4));\n`,
};
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:NODE_OPTIONS|NODE_V8_COVERAGE|VITEST.*|TEST|NODE_ENV|CI)$/.test(name)),
) as Record<string, string>;

beforeEach(async () => {
  project = await TestProject.create();
  scratch = await mkdtemp(join(tmpdir(), "shardwright-covered-"));
});
afterEach(async () => {
  await project.remove();
  await rm(scratch, { recursive: true, force: true });
});

async function write(provider: "v8" | "istanbul", settings: string): Promise<void> {
  await project.installCoverage(provider);
  await project.write({
    ...sources,
    "package.json": JSON.stringify({ type: "module", devDependencies: { vitest: "5" } }),
    "vitest.config.ts": `export default { test: { coverage: { enabled: true, provider: "${provider}", include: ["src/**"], ${settings} } } };`,
  });
}

const discover = (options = {}) =>
  vitestRunner.discover({
    workspace: project.path,
    directory: ".",
    options,
    environment,
    selection: { patterns: [], directories: [], excludes: [] },
  });

/** Runs the files in this many processes, by turns. @returns the folder with what each file left */
async function measure(files: readonly string[], processes: number): Promise<string> {
  const { options } = await discover();
  const parts = join(scratch, "parts");
  await mkdir(parts);
  const keptIn = (slot: number) => join(scratch, `slot-${slot}`);
  const open = (slot: number) => project.open(options, { SHARDWRIGHT_ARTIFACTS_DIR: keptIn(slot) });
  const sessions = await Promise.all(Array.from({ length: processes }, (_, slot) => open(slot)));
  for (const [index, file] of files.entries()) {
    const slot = index % processes;
    const session = sessions[slot];
    if (session === undefined) throw new Error("there is no such process");
    await runIn(session, file);
    await cp(join(keptIn(slot), coveragePartFolder, coveragePartFile), join(parts, `${index}.gz`));
  }
  return parts;
}

const joinIn = async (workspace: string, parts: string, failed = false) =>
  vitestRunner.joinCoverage?.({ workspace, directory: ".", options: { coverage: true }, environment, parts, failed });

async function finalIn(workspace: string): Promise<unknown> {
  const final = JSON.parse(await readFile(join(workspace, "coverage/coverage-final.json"), "utf8")) as Record<string, object>;
  return Object.fromEntries(Object.entries(final).map(([path, one]) => [relative(workspace, path), { ...one, path: undefined }]));
}

test.each(["v8", "istanbul"] as const)(
  "files that ran in processes of their own cover what they cover in one, and files that none has loaded count (%s)",
  async (provider) => {
    await write(provider, `reporter: ["json", "text"], thresholds: { lines: 90, "src/sum.ts": { functions: 100 } }`);
    const parts = await measure(["a.test.ts", "b.test.ts", "c.test.ts"], 2);
    const outcome = await joinIn(project.path, parts);
    const ours = await finalIn(project.path);
    await rm(join(project.path, "coverage"), { recursive: true });
    const vitest = join(project.path, "node_modules/vitest/vitest.mjs");
    expect(() =>
      execFileSync(process.execPath, [vitest, "run"], { cwd: project.path, env: environment, stdio: "ignore" }),
    ).toThrow("Command failed");
    expect(ours).toEqual(await finalIn(project.path));
    expect(Object.keys(ours as object).sort()).toEqual([join("src", "alone.ts"), join("src", "sum.ts")]);
    expect(outcome?.text).toContain("alone.ts");
    expect(outcome?.problems).toEqual([
      expect.stringMatching(/^Coverage for lines \(\d.*%\) does not meet global threshold \(90%\)$/),
      expect.stringMatching(/^Coverage for functions \(50%\) does not meet "src\/sum.ts" threshold \(100%\)$/),
    ]);
  },
);

test("what was measured in one folder is joined in another; of a run in which tests failed nothing is, unless that is wanted", async () => {
  await write("v8", `reporter: ["json"], reportOnFailure: process.env.ON_FAILURE === "yes"`);
  const parts = await measure(["a.test.ts", "b.test.ts"], 1);
  const elsewhere = join(scratch, "elsewhere");
  await cp(project.path, elsewhere, { recursive: true, filter: (path) => !path.includes("node_modules") });
  await symlink(join(project.path, "node_modules"), join(elsewhere, "node_modules"), "junction");
  const read = () => readFile(join(elsewhere, "coverage/coverage-final.json"), "utf8");

  expect(await joinIn(elsewhere, parts, true)).toEqual({ text: "", isJudged: false, problems: [] });
  await expect(read()).rejects.toThrow("ENOENT");
  environment["ON_FAILURE"] = "yes";
  expect((await joinIn(elsewhere, parts, true))?.problems).toEqual([]);
  delete environment["ON_FAILURE"];
  expect(await read()).toContain(JSON.stringify(join(elsewhere, "src/sum.ts")));
  expect(await read()).not.toContain(project.path);
});

test("coverage is measured where the configuration says so, and its package has to be there", async () => {
  await project.write({
    "vitest.config.ts": `export default { test: { coverage: { enabled: true, provider: "istanbul" } } };`,
    "a.test.ts": "import { test } from 'vitest'; test('it', () => {});",
    "package.json": JSON.stringify({ devDependencies: { vitest: "5" } }),
  });
  expect(await discover({ coverage: false })).toMatchObject({ files: [expect.anything()], options: { coverage: false } });
  await project.installCoverage("istanbul");
  expect(await discover()).toMatchObject({ options: { coverage: true }, keeps: ["coverage-part/**"] });

  // As no package manager puts it there that has ours.
  await mkdir(join(scratch, "node_modules/vitest"), { recursive: true });
  await writeFile(join(scratch, "node_modules/vitest/package.json"), JSON.stringify({ exports: { "./node": "./node.js" } }));
  await writeFile(join(scratch, "node_modules/vitest/node.js"), "");
  const asked = { config: { coverage: { enabled: true, provider: "istanbul" } } } as unknown as Vitest;
  expect(() => coverageWanted(asked, scratch)).toThrow("@vitest/coverage-istanbul is not installed");
});

test("a file that an earlier attempt had begun runs as a whole; a source that is gone costs nothing but itself", async () => {
  await write("v8", `reporter: ["json"]`);
  await project.write({
    "src/alone.ts": "",
    "src/gone.ts": "export const gone = () => 1;\n",
    "a.test.ts": `import { test } from "vitest"; import { sum } from "./src/sum.ts"; import { gone } from "./src/gone.ts"; test("a", () => void sum(1, 2)); test("b", () => void gone());`,
  });
  const kept = join(scratch, "kept");
  const session = await project.open({ coverage: true }, { SHARDWRIGHT_ARTIFACTS_DIR: kept });
  const passed: string[] = [];
  for await (const event of session.execute([{ id: 0, file: "a.test.ts", args: [], finished: [["a"]] }]))
    if (event.type === "case") passed.push(`${event.result.path.join()} ${event.result.status}`);
  expect(passed).toEqual(["a passed", "b passed"]);
  await rm(join(project.path, "src/gone.ts"));
  await joinIn(project.path, join(kept, coveragePartFolder));
  expect(Object.keys((await finalIn(project.path)) as object)).not.toContain(join("src", "gone.ts"));
});

test("only files that have changed count where the configuration says so", async () => {
  await write("v8", `reporter: ["json"], changed: "HEAD"`);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], { cwd: project.path });
  git("init", "-q");
  git("add", "src/alone.ts");
  git("commit", "-qm", "x");
  const parts = await measure(["a.test.ts"], 1);
  await joinIn(project.path, parts);
  expect(Object.keys((await finalIn(project.path)) as object)).toEqual([join("src", "sum.ts")]);
});

test("a provider of the project's own is not used, and that is said", async () => {
  await project.write({
    "vitest.config.ts": `export default { test: { coverage: { enabled: true, provider: "custom", customProviderModule: "./own.ts" } } };`,
    "a.test.ts": "import { test } from 'vitest'; test('it', () => {});",
    "package.json": JSON.stringify({ devDependencies: { vitest: "5" } }),
  });
  const { options, notices } = await discover();
  expect(options).toEqual({});
  expect(notices).toEqual([expect.stringContaining("by a provider of the project's own")]);
});

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type CaseResult, finalCases, readJunit, runReportSchema } from "@shardwright/core";
import { type Command, pythonWith, runTogether, shardwright, withPath } from "../commands.ts";

const runners = ["go", "jest", "mocha", "playwright", "pytest", "vitest"] as const;
type Runner = (typeof runners)[number];
/** How often each case (with its status) occurs. */
type Cases = Map<string, number>;

const shown = 20;
const usage = `Usage: npm run bench -- real-suite --runner ${runners.join("|")} [--workers N] [--copy] [--python PROGRAM] DIRECTORY [-- ARGUMENTS FOR SHARDWRIGHT]

Runs the suite in DIRECTORY with its framework alone, then with shardwright (without retries), and compares case by case.
--copy works on a copy: DIRECTORY stays as it is, and is taken for a package that is imported by its name.
Mocha's own run is the project's \`npm test\`, which has to end in mocha, but does not stop at the first failure.`;

/** The same cases with the same statuses as in the framework's own run? */
export async function realSuite(args: string[]): Promise<boolean> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      runner: { type: "string" },
      workers: { type: "string", default: "4" },
      copy: { type: "boolean", default: false },
      python: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const [directory, ...extra] = positionals;
  const runner = runners.find((name) => name === values.runner);
  if (values.help || directory === undefined || runner === undefined) {
    console.log(usage);
    return values.help;
  }
  const scratch = mkdtempSync(join(tmpdir(), "real-suite-"));
  try {
    // A go command that is told nothing else names files by their real paths.
    let cwd = realpathSync(resolve(directory));
    if (values.copy) {
      cpSync(cwd, join(scratch, "copy", basename(cwd)), { recursive: true, dereference: true });
      cwd = join(scratch, "copy");
    }
    return await compare({ runner, cwd, scratch, workers: values.workers, python: values.python, extra });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Comparison {
  readonly runner: Runner;
  readonly cwd: string;
  readonly scratch: string;
  readonly workers: string;
  readonly python: string | undefined;
  readonly extra: readonly string[];
}

async function compare({ runner, cwd, scratch, workers, python: preferred, extra }: Comparison): Promise<boolean> {
  const results = join(scratch, "own");
  const python = runner === "pytest" ? pythonWith(["pytest"], preferred) : undefined;
  const own = await runTogether([ownRun(runner, cwd, results, python)]);
  const theirs = runner === "go" ? casesOfGo(own.output, cwd) : await casesOfFile(runner, results, cwd);
  say(`${runner} alone`, own.wall_ms, theirs, own.code);

  const outputDir = join(scratch, "report");
  const ours = await runTogether([
    {
      program: process.execPath,
      args: [
        shardwright,
        "run",
        "--runner",
        runner,
        "--workers",
        workers,
        "--max-retries",
        "0",
        "--output-dir",
        outputDir,
        ...extra,
      ],
      cwd,
      environment: {
        SHARDWRIGHT_STATE_DIR: join(scratch, "state"),
        ...(python?.includes("/") ? withPath(dirname(python)) : {}),
      },
    },
  ]);
  let report;
  try {
    report = runReportSchema.parse(JSON.parse(readFileSync(join(outputDir, "report.json"), "utf8")));
  } catch {
    throw new Error(`shardwright left no report:\n${ours.output.slice(-3000)}`);
  }
  const found: Cases = new Map();
  for (const task of report.tasks) {
    const { file, status } = task;
    const cases = finalCases(task);
    // To mocha, a hook that fails is a failure like others.
    const statusOf = ({ status }: CaseResult) => (runner === "mocha" && status === "errored" ? "failed" : status);
    for (const result of cases) count(found, nameOf(runner, file, result), statusOf(result));
    // Vitest's own report has a case, named after the file or a group in it, for what failed as a whole; go tells of the package, jest of the file.
    const isBad =
      (runner === "vitest" && status === "failed") ||
      ((runner === "go" || runner === "jest") && (status === "failed" || status === "errored"));
    if (isBad && cases.every((one) => one.status === "passed" || one.status === "skipped"))
      count(found, wholeFailure(file), "failed");
  }
  say(`shardwright, ${workers} workers`, ours.wall_ms, found, ours.code);
  console.log(`  ${report.verdict}: ${report.reason}`);

  const differences = [...new Set([...theirs.keys(), ...found.keys()])]
    .filter((name) => theirs.get(name) !== found.get(name))
    .sort();
  for (const name of differences.slice(0, shown))
    console.log(`  ✗ ${name}: ${theirs.get(name) ?? 0} there, ${found.get(name) ?? 0} here`);
  if (differences.length > shown) console.log(`  … and ${differences.length - shown} more`);
  if (theirs.size === 0) console.log("  ✗ the framework's own run has no cases: there is nothing to compare");
  const sameEnd = (own.code === 0) === (ours.code === 0);
  if (!sameEnd) console.log(`  ✗ the framework ended with ${own.code}, shardwright with ${ours.code}`);
  console.log(
    differences.length === 0 && sameEnd && theirs.size > 0
      ? "  ✓ the same cases, statuses and verdict"
      : `  ✗ ${differences.length} differences`,
  );
  return differences.length === 0 && sameEnd && theirs.size > 0;
}

/** @param results where its cases go: JSON for jest, mocha and Playwright, whose cases are not known by a JUnit file alone, and JUnit XML for all others */
function ownRun(runner: Runner, cwd: string, results: string, python: string | undefined): Command {
  switch (runner) {
    case "go":
      return { program: "go", args: ["test", "-json", "-count=1", "./..."], cwd };
    case "jest": {
      const jest = join(cwd, "node_modules", "jest", "bin", "jest.js");
      return { program: process.execPath, args: [jest, "--ci", "--json", `--outputFile=${results}`], cwd };
    }
    case "mocha": {
      const args = ["--no-bail", "--reporter=json", `--reporter-option=output=${results}`];
      return { program: "npm", args: ["test", "--silent", "--", ...args], cwd };
    }
    case "playwright": {
      const playwright = join(cwd, "node_modules", "@playwright", "test", "cli.js");
      const environment = { PLAYWRIGHT_JSON_OUTPUT_FILE: results };
      return { program: process.execPath, args: [playwright, "test", "--reporter=json"], cwd, environment };
    }
    case "pytest":
      return {
        program: python ?? "python3",
        args: ["-m", "pytest", "-q", "-p", "no:cacheprovider", `--junitxml=${results}`],
        cwd,
      };
    case "vitest": {
      const vitest = join(cwd, "node_modules", "vitest", "vitest.mjs");
      return { program: process.execPath, args: [vitest, "run", "--reporter=junit", `--outputFile=${results}`], cwd };
    }
  }
}

async function casesOfFile(runner: Runner, path: string, cwd: string): Promise<Cases> {
  const text = readFileSync(path, "utf8");
  if (runner === "mocha") return casesOfMocha(text, cwd);
  if (runner === "playwright") return casesOfPlaywright(text, cwd);
  return runner === "jest" ? casesOfJest(text, cwd) : casesOfJunit(runner, text, path);
}

/** The part of jest's own JSON that is compared. */
interface JestResults {
  testResults: { name: string; status: string; assertionResults: JestCase[] }[];
}

/** Runners other than jest's own may leave out the full name. */
interface JestCase {
  readonly fullName?: string;
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
}

function casesOfJest(text: string, cwd: string): Cases {
  const cases: Cases = new Map();
  for (const { name, status: whole, assertionResults } of (JSON.parse(text) as JestResults).testResults) {
    const file = relative(cwd, name);
    for (const { fullName, ancestorTitles, title, status } of assertionResults)
      count(
        cases,
        `${file} > ${fullName ?? [...ancestorTitles, title].join(" ")}`,
        ["pending", "todo", "disabled"].includes(status) ? "skipped" : status,
      );
    if (whole === "failed" && assertionResults.every(({ status }) => status !== "failed"))
      count(cases, wholeFailure(file), "failed");
  }
  return cases;
}

/** The part of mocha's own JSON that is compared. */
type MochaResults = Record<"passes" | "failures" | "pending", { fullTitle: string; file?: string }[]>;

function casesOfMocha(text: string, cwd: string): Cases {
  const cases: Cases = new Map();
  const { passes, failures, pending } = JSON.parse(text) as MochaResults;
  for (const [status, tests] of Object.entries({ passed: passes, failed: failures, skipped: pending }))
    for (const { fullTitle, file } of tests) count(cases, `${relative(cwd, file ?? cwd)} > ${fullTitle}`, status);
  return cases;
}

/** The part of Playwright's own JSON that is compared; a suite of the first level is a file. */
interface PlaywrightSuite {
  readonly title: string;
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs: readonly { title: string; file: string; tests: readonly { status: string }[] }[];
}

function casesOfPlaywright(text: string, cwd: string): Cases {
  const cases: Cases = new Map();
  const { config, suites } = JSON.parse(text) as { config: { rootDir: string }; suites: PlaywrightSuite[] };
  const statuses: Record<string, string> = { expected: "passed", flaky: "passed", unexpected: "failed", skipped: "skipped" };
  const visit = (suite: PlaywrightSuite, titles: readonly string[]) => {
    for (const { title, file, tests } of suite.specs)
      for (const { status } of tests)
        count(
          cases,
          `${relative(cwd, join(config.rootDir, file))} > ${[...titles, title].join(" ")}`,
          statuses[status] ?? status,
        );
    for (const inner of suite.suites ?? []) visit(inner, [...titles, inner.title]);
  };
  for (const file of suites) visit(file, []);
  return cases;
}

async function casesOfJunit(runner: Runner, text: string, path: string): Promise<Cases> {
  const cases: Cases = new Map();
  for (const suite of (await readJunit(text, { path })).suites)
    for (const { classname, result } of suite.cases) {
      const group = classname ?? suite.name;
      const name = result.path.at(-1) ?? "";
      // Pytest gives a module that is skipped as a whole no class, and its dotted name.
      if (runner === "pytest" && classname === undefined) count(cases, `${name} > ${name.split(".").at(-1)}.py`, result.status);
      else if (runner === "pytest") count(cases, `${group} > ${name}`, result.status);
      else if (result.status === "failed") count(cases, wholeFailure(group), "failed");
      else count(cases, [group, ...result.path].join(" > "), result.status);
    }
  return cases;
}

/** Of the events of `go test -json`: the ends of tests, and of packages that failed without a failed test. */
function casesOfGo(output: string, cwd: string): Cases {
  const cases: Cases = new Map();
  const statuses: Record<string, string> = { pass: "passed", fail: "failed", skip: "skipped" };
  const list = spawnSync("go", ["list", "-e", "-find", "-f", "{{.ImportPath}}\t{{.Dir}}", "./..."], { cwd, encoding: "utf8" });
  const folders = new Map(
    list.stdout.split("\n").map((line) => {
      const [importPath = "", folder = ""] = line.split("\t");
      return [importPath, relative(cwd, folder) || "."];
    }),
  );
  const failed = new Set<string>();
  for (const line of output.split("\n")) {
    const broken = /^FAIL\t(\S+) \[(?:build|setup) failed\]$/.exec(line)?.[1];
    if (broken !== undefined) count(cases, wholeFailure(folders.get(broken) ?? broken), "failed");
    if (!line.startsWith("{")) continue;
    const {
      Action: action,
      Package: name = "",
      Test: test,
    } = JSON.parse(line) as { Action: string; Package?: string; Test?: string };
    const status = statuses[action];
    const folder = folders.get(name) ?? name;
    if (status === undefined) continue;
    if (test !== undefined) count(cases, withoutAddresses(`${folder} > ${test}`), status);
    if (status !== "failed") continue;
    if (test === undefined && !failed.has(name)) count(cases, wholeFailure(folder), "failed");
    failed.add(name);
  }
  return cases;
}

/** What the framework's own JUnit file calls the case. */
function nameOf(runner: Runner, file: string, { path, status, file: own }: CaseResult): string {
  if (runner === "go") return withoutAddresses(`${file} > ${path.join("/")}`);
  if (runner === "mocha" || runner === "playwright") return `${own ?? file} > ${path.join(" ")}`;
  if (runner === "jest") return `${file} > ${path.join(" ")}`;
  if (runner === "vitest" && status === "failed") return wholeFailure(file);
  if (runner === "vitest") return `${file} > ${path.join(" > ") || "(no name)"}`;
  const module = file.replace(/\.py$/, "").replaceAll("/", ".");
  return `${[module, ...path.slice(0, -1)].join(".")} > ${path.at(-1)}`;
}

/** Some Go tests have pointers in their names, which differ from run to run. */
function withoutAddresses(name: string): string {
  return name.replace(/0xc[0-9a-f]{9}/g, "0xc…");
}

/** Failures of a vitest file are counted, not named: its report names those of groups differently. */
function wholeFailure(file: string): string {
  return `${file} > a failure`;
}

function count(cases: Cases, name: string, status: string): void {
  const key = `${name} ${status}`;
  cases.set(key, (cases.get(key) ?? 0) + 1);
}

function say(title: string, wall_ms: number, cases: Cases, code: number | null): void {
  const byStatus = new Map<string, number>();
  for (const [name, times] of cases) {
    const status = name.slice(name.lastIndexOf(" ") + 1);
    byStatus.set(status, (byStatus.get(status) ?? 0) + times);
  }
  const counts = [...byStatus].map(([status, times]) => `${times} ${status}`).toSorted();
  console.log(`  ${title.padEnd(28)} ${(wall_ms / 1000).toFixed(1).padStart(7)} s, exit ${code}: ${counts.join(", ")}`);
}

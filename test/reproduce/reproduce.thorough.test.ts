import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { faultsOf, readReport, reproductions, type Fault } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runToEnd } from "../processes.ts";

const fromHere = createRequire(import.meta.url);
const fromRunners = createRequire(join(import.meta.dirname, "..", "..", "packages", "runners", "package.json"));

/** The packages that a project has installed, and their programs. */
const installed: Readonly<Record<string, { readonly package: string; readonly program: string; readonly name?: string }>> = {
  vitest: { package: fromHere.resolve("vitest/package.json"), program: "vitest.mjs" },
  jest: { package: fromRunners.resolve("jest/package.json"), program: "bin/jest.js" },
  mocha: { package: fromRunners.resolve("mocha/package.json"), program: "bin/mocha.js" },
  playwright: { package: fromRunners.resolve("@playwright/test/package.json"), program: "cli.js", name: "@playwright/test" },
};

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "shardwright-reproduce-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function install(suite: string, name: string): void {
  const found = installed[name];
  if (found === undefined) return;
  const modules = join(folder, suite, "node_modules");
  const place = join(modules, found.name ?? name);
  mkdirSync(dirname(place), { recursive: true });
  mkdirSync(join(modules, ".bin"), { recursive: true });
  symlinkSync(dirname(found.package), place);
  const shim = join(modules, ".bin", name);
  writeFileSync(shim, `#!/bin/sh\nexec node "${place}/${found.program}" "$@"\n`);
  chmodSync(shim, 0o755);
}

/** Tests write their names here when they run. */
const logPath = () => join(folder, "log");
const logged = () => (existsSync(logPath()) ? readFileSync(logPath(), "utf8").trim().split("\n") : []);

const awkward = `adds (1) it's $HOME "q" [a] \\d`;

/** A suite in JavaScript, two of whose tests fail, between others with names that begin or end alike. */
const javascript = (imports: string, group: string) => `${imports}
const { appendFileSync } = process.getBuiltinModule("node:fs");
const log = (name) => appendFileSync(process.env.RAN, name + "\\n");
${group}("outer group", () => {
  ${group}("inner", () => {
    test(${JSON.stringify(awkward)}, () => { log("awkward"); throw new Error("wrong sum of a-1"); });
    test(${JSON.stringify(`${awkward} more`)}, () => { log("longer"); });
    test(${JSON.stringify(`also ${awkward}`)}, () => { log("also"); });
  });
  test("plain", () => { log("plain"); throw new Error("wrong sum of b-2"); });
});
`;

interface Framework {
  readonly runner: string;
  readonly suite?: string;
  readonly files: Readonly<Record<string, string>>;
  readonly options?: object;
  /** Names of the tests that fail, by what they say. */
  readonly failing?: Readonly<Record<string, string>>;
}

const failing = { "wrong sum of a-1": "awkward", "wrong sum of b-2": "plain" };
const folderName = "it's a suite";

const frameworks: Framework[] = [
  {
    runner: "vitest",
    files: {
      "package.json": '{"type":"module"}',
      "vitest.config.js": "export default { test: { watch: false } };",
      "t/a.test.js": javascript('import { describe, test } from "vitest";', "describe"),
    },
  },
  {
    runner: "jest",
    files: {
      "package.json": JSON.stringify({
        scripts: { test: "MODE=x jest --setupFiles ./setup.js --coverage" },
        jest: { transform: {} },
      }),
      "setup.js": 'if (process.env.MODE !== "x") throw new Error("no mode"); globalThis.ready = true;',
      "t/a.test.js": javascript('if (!globalThis.ready) throw new Error("not set up");', "describe"),
    },
  },
  {
    runner: "mocha",
    files: {
      "package.json": JSON.stringify({ scripts: { test: "MODE=x mocha --require ./setup.cjs t/*.test.cjs" } }),
      "setup.cjs": 'if (process.env.MODE !== "x") throw new Error("no mode"); globalThis.ready = true;',
      "t/a.test.cjs": javascript('if (!globalThis.ready) throw new Error("not set up"); const test = it;', "describe"),
      "t/b.test.cjs": 'it("other", () => { require("node:fs").appendFileSync(process.env.RAN, "other\\n"); });',
    },
  },
  {
    runner: "node-test",
    files: {
      "package.json": JSON.stringify({ type: "module", scripts: { test: "MODE=x node --import ./setup.js --test" } }),
      "setup.js": 'if (process.env.MODE !== "x") throw new Error("no mode"); globalThis.ready = true;',
      "t/a.test.js": javascript(
        'import { describe, test } from "node:test"; if (!globalThis.ready) throw new Error("not set up");',
        "describe",
      ),
    },
  },
  {
    runner: "playwright",
    files: {
      "package.json": "{}",
      "playwright.config.cjs": "module.exports = { reporter: 'list', projects: [{ name: 'one' }] };",
      "t/a.spec.js": javascript('const { test } = require("@playwright/test");', "test.describe"),
    },
  },
];

const python: Framework = {
  runner: "pytest",
  files: {
    "pytest.ini": "[pytest]\n",
    "t/test_a.py": `import os, pytest
def log(name):
    open(os.environ["RAN"], "a").write(name + "\\n")
class TestOuter:
    @pytest.mark.parametrize("x", ["it's [a] $HOME", "it's [a] $HOME more"])
    def test_adds(self, x):
        log("awkward" if x.endswith("HOME") else "longer")
        assert x.endswith("more"), "wrong sum of a-1"
    def test_adds_more(self):
        log("also")
def test_plain():
    log("plain")
    assert False, "wrong sum of b-2"
`,
  },
};

const go: Framework = {
  runner: "go",
  suite: "gosuite",
  files: {
    "go.mod": "module example.com/x\n\ngo 1.19\n",
    "pkg/a_test.go": `package pkg
import ("os"; "testing")
func log(name string) { f, _ := os.OpenFile(os.Getenv("RAN"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); f.WriteString(name + "\\n"); f.Close() }
func TestAdds(t *testing.T) {
	t.Run("it's (1) [a]", func(t *testing.T) { log("awkward"); t.Fatal("wrong sum of a-1") })
	t.Run("it's (1) [a] more", func(t *testing.T) { log("longer") })
}
func TestAddsMore(t *testing.T) { log("also") }
func TestPlain(t *testing.T) { log("plain"); t.Fatal("wrong sum of b-2") }
`,
  },
};

function has(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

async function faultsFor({ runner, suite = folderName, files, options = {} }: Framework) {
  for (const [path, text] of Object.entries(files)) write(`${suite}/${path}`, text);
  install(suite, runner);
  write("shardwright.config.json", JSON.stringify({ suites: [{ name: "unit", runner, directory: suite, options }] }));
  const environment = { RAN: logPath() };
  const { code, output } = await runToEnd(["run", "--workers", "1", "--max-retries", "0"], { cwd: folder, environment });
  expect(code, output).toBe(1);
  const path = join(folder, "shardwright-report", "report.json");
  const report = readReport(JSON.parse(readFileSync(path, "utf8")), path);
  const reproductionOf = reproductions(report);
  return faultsOf(report).map((fault) => ({ fault, reproduction: reproductionOf(fault), output }));
}

/** Runs a command as a person types it into a shell. */
function typed(command: string): { code: number; output: string } {
  rmSync(logPath(), { force: true });
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    HOME: process.env.HOME,
    RAN: logPath(),
    NO_COLOR: "1",
    npm_config_offline: "true",
  };
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", command], {
    cwd: folder,
    env,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { code: status ?? -1, output: `${stdout}${stderr}` };
}

function textOf({ message, details }: Fault): string {
  return `${message}\n${details}`;
}

test
  .skipIf(process.platform === "win32")
  .for([...frameworks, ...(has("python3", "-m", "pytest", "--version") ? [python] : []), ...(has("go", "version") ? [go] : [])])(
  "$runner: the command that is shown runs that test and no other, and it fails likewise",
  { timeout: 120_000 },
  async (framework) => {
    const faults = await faultsFor(framework);
    const found = faults.filter(({ fault }) => /wrong sum of [ab]-\d/.test(textOf(fault)) && fault.name !== "TestAdds");
    expect(found).toHaveLength(2);
    for (const { fault, reproduction, output } of found) {
      const [said = ""] = /wrong sum of [ab]-\d/.exec(textOf(fault)) ?? [];
      const command = reproduction?.command ?? "";
      expect(output.replaceAll(/\s+/g, " ")).toContain(command.replaceAll(/\s+/g, " "));
      const again = typed(command);
      expect(again.code, `${command}\n${again.output}`).not.toBe(0);
      expect(logged(), `${command}\n${again.output}`).toEqual([failing[said as keyof typeof failing]]);
      expect(again.output).toContain(said);
      // The whole file runs the others as well, and fails too.
      const whole = typed(reproduction?.file_command ?? "");
      expect(whole.code, reproduction?.file_command).not.toBe(0);
      expect(new Set(logged())).toEqual(
        new Set([...Object.values(failing), "longer", "also", ...(logged().includes("other") ? ["other"] : [])]),
      );
    }
  },
);

test.skipIf(process.platform === "win32")("command: the program is called for the file", async () => {
  write("check.sh", 'cp "$2.xml" "$1"; echo ran >> "$RAN"; exit 1\n');
  write("suite/case.txt", "");
  write(
    "suite/case.txt.xml",
    '<testsuite name="s"><testcase name="x" classname="c"><failure message="wrong sum of a-1"/></testcase></testsuite>',
  );
  execFileSync("cp", [join(folder, "check.sh"), join(folder, "suite/check.sh")]);
  write(
    "shardwright.config.json",
    JSON.stringify({
      suites: [
        {
          name: "unit",
          runner: "command",
          directory: "suite",
          patterns: ["*.txt"],
          options: { command: "sh check.sh {junit} {file}" },
        },
      ],
    }),
  );
  const environment = { RAN: logPath() };
  await runToEnd(["run", "--workers", "1", "--max-retries", "0"], { cwd: folder, environment });
  const path = join(folder, "shardwright-report", "report.json");
  const report = readReport(JSON.parse(readFileSync(path, "utf8")), path);
  const [command] = faultsOf(report).flatMap((fault) => reproductions(report)(fault)?.command ?? []);
  expect(command).toBe("cd suite && sh check.sh junit.xml case.txt");
  expect(typed(command ?? "").code).toBe(1);
  expect(logged()).toEqual(["ran"]);
});

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { jest, vitest, type Command } from "../commands.ts";

/** Functions in each module, each of eight statements. */
export const functions = 20;
/** What a test does beside calling one function. */
const pause_ms = 300;

interface Size {
  readonly files: number;
  readonly modules: number;
  readonly slots: number;
}

/** A framework, with what measures its coverage, in a project of test files that all load the same chain of modules. */
export interface Suite {
  readonly title: string;
  /** What it is run by here, where that is no link from the packages of this repository: what has to be there is asked of it. */
  readonly python?: true;
  write(root: string, size: Size): void;
  /** The project's own command. */
  own(root: string, size: Size, python: string): Command;
  /** What is covered, as text. */
  total(root: string): string;
}

const runners = createRequire(join(import.meta.dirname, "../../packages/runners/package.json"));

export const suites: readonly Suite[] = [
  vitestSuite("v8"),
  vitestSuite("istanbul"),
  jestSuite("babel"),
  jestSuite("v8"),
  mochaSuite("nyc", "js"),
  mochaSuite("c8", "js"),
  mochaSuite("c8", "ts"),
  pytestSuite(),
];

function vitestSuite(provider: "v8" | "istanbul"): Suite {
  return {
    title: `vitest (${provider})`,
    write(root, { files, modules }) {
      link(root, "vitest", `@vitest/coverage-${provider}`);
      writeModules(root, modules, esmModule);
      writeTests(root, files, (called, body) => [
        "test.js",
        `import { expect, test } from "vitest";\nimport { ${called} } from "./src/m${modules - 1}.js";\ntest("calls", async () => { expect(${body}); });\n`,
      ]);
      writePackage(root, "module", "vitest", "vitest");
      const coverage = { enabled: true, provider, include: ["src/**"], reporter: ["json-summary"] };
      writeFileSync(join(root, "vitest.config.js"), `export default ${JSON.stringify({ test: { coverage } })};\n`);
    },
    own: (cwd, { slots }) => node(cwd, vitest, "run", "--maxWorkers", String(slots)),
    total: istanbulTotal,
  };
}

function jestSuite(provider: "babel" | "v8"): Suite {
  return {
    title: `jest (${provider})`,
    write(root, { files, modules }) {
      link(root, "jest");
      writeModules(root, modules, cjsModule);
      writeTests(root, files, (called, body) => [
        "test.cjs",
        `const { ${called} } = require("./src/m${modules - 1}.cjs");\ntest("calls", async () => { expect(${body}); });\n`,
      ]);
      writePackage(root, "commonjs", "jest", "jest");
      const configuration = {
        coverageReporters: ["json-summary"],
        collectCoverageFrom: ["src/**"],
        coverageProvider: provider,
        collectCoverage: true,
        transform: {},
        testMatch: ["**/*.test.cjs"],
        moduleFileExtensions: ["cjs", "js"],
      };
      writeFileSync(join(root, "jest.config.json"), JSON.stringify(configuration));
    },
    own: (cwd, { slots }) => node(cwd, jest, "--ci", "--maxWorkers", String(slots)),
    total: istanbulTotal,
  };
}

/** Of TypeScript that is compiled as it is loaded, with a source map in each module. */
function mochaSuite(tool: "nyc" | "c8", language: "js" | "ts"): Suite {
  const isTyped = language === "ts";
  const toolArgs = ["--reporter", "json-summary", "--include", "src/**", ...(isTyped ? ["--extension", ".ts"] : [])];
  return {
    title: `mocha (${tool}${isTyped ? ", TypeScript" : ""})`,
    write(root, { files, modules }) {
      link(root, "mocha", tool, ...(isTyped ? ["tsx"] : []));
      writeModules(root, modules, isTyped ? tsModule : cjsModule);
      writeTests(root, files, (called, body) => [
        isTyped ? "test.ts" : "test.cjs",
        isTyped
          ? `import { ${called} } from "./src/m${modules - 1}.ts";\nit("calls", async () => { const is: number = (${body}); if (is === undefined) throw new Error(); });\n`
          : `const { ${called} } = require("./src/m${modules - 1}.cjs");\nit("calls", async () => { if ((${body}) === undefined) throw new Error(); });\n`,
      ]);
      writePackage(root, "commonjs", "mocha", `${tool} ${toolArgs.join(" ")} mocha`);
      const spec = isTyped ? "*.test.ts" : "*.test.cjs";
      writeFileSync(join(root, ".mocharc.json"), JSON.stringify({ spec, ...(isTyped && { require: "tsx/cjs" }) }));
    },
    own(cwd, { slots }) {
      const mocha = join("node_modules", "mocha", "bin", "mocha.js");
      return node(cwd, binOf(tool), ...toolArgs, "node", mocha, "--parallel", "--jobs", String(slots));
    },
    total: istanbulTotal,
  };
}

function pytestSuite(): Suite {
  return {
    title: "pytest (pytest-cov)",
    python: true,
    write(root, { files, modules }) {
      mkdirSync(join(root, "src"));
      for (let index = 0; index < modules; index += 1) {
        const imported = index === 0 ? "" : `from .m${index - 1} import f0 as before\n`;
        const bodies = Array.from({ length: functions }, (_, number) => pythonFunction(number, index > 0));
        writeFileSync(join(root, "src", `m${index}.py`), `${imported}${bodies.join("")}`);
      }
      // In this order, as Python imports no chain that is so long.
      const inOrder = Array.from({ length: modules }, (_, index) => `from . import m${index}\n`);
      writeFileSync(join(root, "src", "__init__.py"), inOrder.join(""));
      for (let index = 0; index < files; index += 1) {
        const called = `f${index % functions}`;
        const head = `import time\nfrom src.m${modules - 1} import ${called}\n`;
        const body = `    assert ${called}(1) is not None\n    time.sleep(${pause_ms / 1000})\n`;
        writeFileSync(join(root, `test_${index}.py`), `${head}def test_calls():\n${body}`);
      }
      writeFileSync(join(root, "conftest.py"), "");
      writeFileSync(join(root, "pytest.ini"), "[pytest]\naddopts = --cov=src --cov-branch --cov-report=xml\n");
    },
    own: (cwd, { slots }, python) => ({
      program: python,
      args: ["-m", "pytest", "-q", "-p", "no:cacheprovider", ...(slots > 1 ? ["-n", String(slots)] : [])],
      cwd,
    }),
    total(root) {
      const text = readFileSync(join(root, "coverage.xml"), "utf8");
      const figure = (name: string) => new RegExp(` ${name}="(\\d+)"`).exec(text)?.[1] ?? "none";
      return `${figure("lines-covered")}/${figure("lines-valid")} ${figure("branches-covered")}/${figure("branches-valid")}`;
    },
  };
}

function node(cwd: string, ...args: readonly string[]): Command {
  return { program: process.execPath, args, cwd };
}

function link(root: string, ...packages: readonly string[]): void {
  for (const each of packages) {
    const place = join(root, "node_modules", each);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(dirname(runners.resolve(`${each}/package.json`)), place, "junction");
  }
}

function binOf(tool: string): string {
  const manifest = runners.resolve(`${tool}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: string | Record<string, string> };
  return join(dirname(manifest), typeof bin === "string" ? bin : (bin[tool] ?? ""));
}

function writePackage(root: string, type: "module" | "commonjs", framework: string, test: string): void {
  writeFileSync(join(root, "package.json"), JSON.stringify({ type, scripts: { test }, devDependencies: { [framework]: "*" } }));
}

interface Module {
  readonly extension: string;
  readonly first: (before: number) => string;
  readonly each: (number: number, body: string) => string;
  readonly type: string;
}

const cjsModule: Module = {
  extension: "cjs",
  first: (before) => `const { f0: before } = require("./m${before}.cjs");\n`,
  each: (number, body) => `exports.f${number} = ${body};\n`,
  type: "",
};

const esmModule: Module = {
  extension: "js",
  first: (before) => `import { f0 as before } from "./m${before}.js";\n`,
  each: (number, body) => `export const f${number} = ${body};\n`,
  type: "",
};

const tsModule: Module = {
  extension: "ts",
  first: (before) => `import { f0 as before } from "./m${before}.ts";\n`,
  each: (number, body) => `export const f${number} = ${body};\n`,
  type: ": number",
};

function writeModules(root: string, modules: number, { extension, first, each, type }: Module): void {
  mkdirSync(join(root, "src"));
  for (let index = 0; index < modules; index += 1) {
    const bodies = Array.from({ length: functions }, (_, number) => each(number, bodyOf(number, index > 0, type)));
    writeFileSync(join(root, `src/m${index}.${extension}`), (index === 0 ? "" : first(index - 1)) + bodies.join(""));
  }
}

/** @param fileOf how a test's file ends, and what is in it; the body calls the function, and waits */
function writeTests(root: string, files: number, fileOf: (called: string, body: string) => [string, string]): void {
  for (let index = 0; index < files; index += 1) {
    const called = `f${index % functions}`;
    const [end, text] = fileOf(called, `(await new Promise((go) => setTimeout(go, ${pause_ms})), ${called}(1))`);
    writeFileSync(join(root, `t${index}.${end}`), text);
  }
}

function bodyOf(number: number, calls: boolean, type: string): string {
  return `(x${type})${type} => {
  if (x > ${number}) {
    return x * ${number};
  }
  const y = x > 0 ? x : -x;
  for (let k = 0; k < 3; k += 1) if (k === y) return k;
  return y + ${calls ? "before(-1)" : "1"};
}`;
}

function pythonFunction(number: number, calls: boolean): string {
  return `def f${number}(x):
    if x > ${number}:
        return x * ${number}
    y = x if x > 0 else -x
    for k in range(3):
        if k == y:
            return k
    return y + ${calls ? "before(-1)" : "1"}
`;
}

function istanbulTotal(root: string): string {
  const summary = JSON.parse(readFileSync(join(root, "coverage/coverage-summary.json"), "utf8")) as {
    total: Record<"statements" | "branches" | "functions", { total: number; covered: number }>;
  };
  const { statements, branches, functions: called } = summary.total;
  return [statements, branches, called].map(({ covered, total }) => `${covered}/${total}`).join(" ");
}

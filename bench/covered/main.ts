import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { jest, runTogether, shardwright, vitest, type Command } from "../commands.ts";
import { goal, readNumbers } from "../options.ts";

/** Functions in each module, each of eight statements. */
const functions = 20;
const slots = 2;
/** What a test does beside calling one function. */
const pause_ms = 300;

const frameworks = [
  { name: "vitest", provider: "v8", packages: ["vitest", "@vitest/coverage-v8"] },
  { name: "vitest", provider: "istanbul", packages: ["vitest", "@vitest/coverage-istanbul"] },
  { name: "jest", provider: "babel", packages: ["jest"] },
  { name: "jest", provider: "v8", packages: ["jest"] },
] as const;
type Framework = (typeof frameworks)[number];

/** Test files that all load the same chain of modules: the framework measuring by itself, then ours, which has to come to the same figures. */
export async function coverage(args: string[]): Promise<boolean> {
  const numbers = readNumbers("coverage", args, { files: 40, modules: 150, passes: 2 });
  if (numbers === undefined) return true;
  const { files, modules, passes } = numbers;
  console.log(
    `${files} files that each load ${modules} modules of ${functions * 8} statements, ${slots} slots; seconds, a pass each`,
  );
  let holds = true;
  for (const framework of frameworks) {
    const root = mkdtempSync(join(tmpdir(), "coverage-bench-"));
    try {
      write(root, framework, files, modules);
      const own: number[] = [];
      const ours: number[] = [];
      const totals = new Set<string>();
      for (let pass = 0; pass < passes; pass += 1)
        for (const [command, times] of [
          [ownRun(framework, root), own],
          [ourRun(root), ours],
        ] as const) {
          rmSync(join(root, "coverage"), { recursive: true, force: true });
          const { wall_ms, code, output } = await runTogether([command]);
          if (code !== 0) throw new Error(`${command.args.join(" ")} ended with ${code}:\n${output.slice(-2000)}`);
          times.push(wall_ms / 1000);
          totals.add(totalOf(root));
        }
      const shown = (times: readonly number[]) => times.map((time) => time.toFixed(1)).join(", ");
      console.log(`${framework.name} (${framework.provider}): by itself ${shown(own)}; here ${shown(ours)}`);
      holds = goal(totals.size === 1, `the same figures: ${[...totals].join(" beside ")}`) && holds;
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  return holds;
}

function write(root: string, { name, provider, packages }: Framework, files: number, modules: number): void {
  const resolver = createRequire(join(import.meta.dirname, "../../packages/runners/package.json"));
  for (const each of packages) {
    const link = join(root, "node_modules", each);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(dirname(resolver.resolve(`${each}/package.json`)), link, "junction");
  }
  mkdirSync(join(root, "src"));
  for (let index = 0; index < modules; index += 1) {
    const before = index === 0 ? "" : `const { f0: before } = require("./m${index - 1}.cjs");\n`;
    const imported = index === 0 ? "" : `import { f0 as before } from "./m${index - 1}.js";\n`;
    const bodies = Array.from({ length: functions }, (_, number) => bodyOf(number, index > 0));
    if (name === "jest")
      writeFileSync(
        join(root, `src/m${index}.cjs`),
        before + bodies.map((body, number) => `exports.f${number} = ${body};\n`).join(""),
      );
    else
      writeFileSync(
        join(root, `src/m${index}.js`),
        imported + bodies.map((body, number) => `export const f${number} = ${body};\n`).join(""),
      );
  }
  for (let index = 0; index < files; index += 1) {
    const called = `f${index % functions}`;
    const body = `expect(${called}(1)).toBeDefined(); await new Promise((go) => setTimeout(go, ${pause_ms}));`;
    const head =
      name === "jest"
        ? `const { ${called} } = require("./src/m${modules - 1}.cjs");`
        : `import { expect, test } from "vitest";\nimport { ${called} } from "./src/m${modules - 1}.js";`;
    writeFileSync(
      join(root, `t${index}.test.${name === "jest" ? "cjs" : "js"}`),
      `${head}\ntest("calls", async () => { ${body} });\n`,
    );
  }
  const type = name === "jest" ? "commonjs" : "module";
  writeFileSync(join(root, "package.json"), JSON.stringify({ type, scripts: { test: name }, devDependencies: { [name]: "*" } }));
  const common = { coverageReporters: ["json-summary"], collectCoverageFrom: ["src/**"], coverageProvider: provider };
  const jests = {
    ...common,
    collectCoverage: true,
    transform: {},
    testMatch: ["**/*.test.cjs"],
    moduleFileExtensions: ["cjs", "js"],
  };
  const vitests = { test: { coverage: { enabled: true, provider, include: ["src/**"], reporter: ["json-summary"] } } };
  if (name === "jest") writeFileSync(join(root, "jest.config.json"), JSON.stringify(jests));
  else writeFileSync(join(root, "vitest.config.js"), `export default ${JSON.stringify(vitests)};\n`);
}

function bodyOf(number: number, calls: boolean): string {
  return `(x) => {
  if (x > ${number}) {
    return x * ${number};
  }
  const y = x > 0 ? x : -x;
  for (let k = 0; k < 3; k += 1) if (k === y) return k;
  return y + ${calls ? "before(-1)" : "1"};
}`;
}

function ownRun({ name }: Framework, cwd: string): Command {
  const args = name === "jest" ? [jest, "--ci", "--maxWorkers", String(slots)] : [vitest, "run", "--maxWorkers", String(slots)];
  return { program: process.execPath, args, cwd };
}

function ourRun(cwd: string): Command {
  const places = ["--state-dir", join(cwd, "state"), "--output-dir", join(cwd, "report")];
  return { program: process.execPath, args: [shardwright, "run", "--workers", String(slots), ...places], cwd };
}

function totalOf(root: string): string {
  const summary = JSON.parse(readFileSync(join(root, "coverage/coverage-summary.json"), "utf8")) as {
    total: Record<"statements" | "branches" | "functions", { total: number; covered: number }>;
  };
  const { statements, branches, functions: called } = summary.total;
  return [statements, branches, called].map(({ covered, total }) => `${covered}/${total}`).join(" ");
}

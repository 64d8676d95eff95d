import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { parseArgs } from "node:util";
import { pythonWith, runTogether, shardwright, withPath, type Command } from "../commands.ts";
import { goal, readNumbers } from "../options.ts";
import { functions, suites, type Suite } from "./suites.ts";

/** Test files that all load the same chain of modules: the framework measuring by itself, then ours, which has to come to the same figures. */
export async function coverage(args: string[]): Promise<boolean> {
  const { only, rest } = readOnly(args);
  const numbers = readNumbers("coverage", rest, { files: 40, modules: 150, slots: 2, passes: 2 });
  if (numbers === undefined) return true;
  const { passes, ...size } = numbers;
  console.log(
    `${size.files} files that each load ${size.modules} modules of ${functions * 8} statements, ${size.slots} slots; seconds, a pass each`,
  );
  let holds = true;
  for (const suite of suites) {
    if (only !== undefined && !suite.title.startsWith(only)) continue;
    const python = suite.python === true ? pythonWith(["pytest", "pytest_cov", "xdist"]) : "";
    if (python === undefined) console.log(`${suite.title}: no Python with pytest, pytest-cov and pytest-xdist was found`);
    else holds = (await measure(suite, size, passes, python)) && holds;
  }
  return holds;
}

/** `--only vitest` measures what is called so alone. */
function readOnly(args: readonly string[]): { readonly only: string | undefined; readonly rest: string[] } {
  const { values, tokens } = parseArgs({ args: [...args], options: { only: { type: "string" } }, strict: false, tokens: true });
  const named = tokens.find((token) => token.kind === "option" && token.name === "only");
  if (named === undefined || typeof values["only"] !== "string") return { only: undefined, rest: [...args] };
  return { only: values["only"], rest: args.toSpliced(named.index, args[named.index]?.includes("=") === true ? 1 : 2) };
}

async function measure(
  suite: Suite,
  size: { readonly files: number; readonly modules: number; readonly slots: number },
  passes: number,
  python: string,
): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), "coverage-bench-"));
  try {
    suite.write(root, size);
    const own: number[] = [];
    const ours: number[] = [];
    const totals = new Set<string>();
    for (let pass = 0; pass < passes; pass += 1)
      for (const [command, times] of [
        [suite.own(root, size, python), own],
        [ourRun(root, size.slots, python), ours],
      ] as const) {
        for (const left of ["coverage", "coverage.xml"]) rmSync(join(root, left), { recursive: true, force: true });
        const { wall_ms, code, output } = await runTogether([command]);
        if (code !== 0) throw new Error(`${command.args.join(" ")} ended with ${code}:\n${output.slice(-2000)}`);
        times.push(wall_ms / 1000);
        totals.add(suite.total(root));
      }
    const shown = (times: readonly number[]) => times.map((time) => time.toFixed(1)).join(", ");
    console.log(`${suite.title}: by itself ${shown(own)}; here ${shown(ours)}`);
    return goal(totals.size === 1, `the same figures: ${[...totals].join(" beside ")}`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function ourRun(cwd: string, slots: number, python: string): Command {
  const places = ["--state-dir", join(cwd, "state"), "--output-dir", join(cwd, "report")];
  const args = [shardwright, "run", "--workers", String(slots), ...places];
  return { program: process.execPath, args, cwd, ...(isAbsolute(python) && { environment: withPath(dirname(python)) }) };
}

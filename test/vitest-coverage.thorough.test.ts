import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { startFleet } from "./cli/fleet.ts";
import { useSuite } from "./cli/suite.ts";
import { linkedModules } from "./linked-modules.ts";
import { until } from "./processes.ts";

const { folder, write, run, report } = useSuite();
const modules = linkedModules(["vitest", "@vitest/coverage-v8"]);

const testOf = (name: string, more = "") =>
  `import { expect, test } from "vitest";
import { ${name} } from "./src/shop.ts";
test("calls", async () => { expect(${name}()).toBe("${name}"); ${more} });\n`;

beforeEach(() => {
  symlinkSync(modules, join(folder(), "node_modules"), "junction");
  write(".gitignore", "node_modules\ncoverage\nshardwright-report\n.shardwright\n");
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "vitest run --coverage" } }));
  const functions = ["first", "second", "third", "never"].map((name) => `export function ${name}() {\n  return "${name}";\n}\n`);
  write("src/shop.ts", functions.join(""));
  write("src/alone.ts", "export const alone = () => 1;\n");
  write(
    "vitest.config.ts",
    `export default { test: { coverage: { include: ["src/**"], reporter: ["json-summary"], thresholds: { functions: 75 } } } };`,
  );
  for (const name of ["first", "second"]) write(`${name}.test.ts`, testOf(name));
});

/** Percentages of functions, by the names of files. */
function covered(): Record<string, number> {
  const path = join(folder(), "coverage/coverage-summary.json");
  const summary = JSON.parse(readFileSync(path, "utf8")) as Record<string, { functions: { pct: number } }>;
  return Object.fromEntries(Object.entries(summary).map(([file, { functions }]) => [file.split("/").at(-1), functions.pct]));
}

test("a run whose tests pass is red below a threshold of the whole, and says why; more tests make it green", async () => {
  const low = await run();
  expect(low.code, low.output).toBe(1);
  expect(covered()).toEqual({ total: 40, "shop.ts": 50, "alone.ts": 0 });
  const reason = "In vitest: Coverage for functions (40%) does not meet global threshold (75%)";
  expect(low.output).toContain(`FAILED  ${reason}`);
  expect(report()).toMatchObject({ verdict: "failed", reason, account: { discovered: 2, passed: 2 } });
  expect(report().tasks.flatMap(({ attempts }) => attempts.flatMap(({ artifacts = [] }) => artifacts))).toEqual([]);

  write("third.test.ts", testOf("third"));
  write("src/alone.ts", "");
  const enough = await run();
  expect(enough.code, enough.output).toBe(0);
  expect(covered()).toMatchObject({ total: 75, "shop.ts": 75 });

  write(
    "shardwright.config.json",
    JSON.stringify({ suites: [{ name: "unit", runner: "vitest", directory: ".", options: { coverage: false } }] }),
  );
  rmSync(join(folder(), "coverage"), { recursive: true });
  const unmeasured = await run();
  expect(unmeasured.code, unmeasured.output).toBe(0);
  expect(existsSync(join(folder(), "coverage"))).toBe(false);
});

test("files that ran on other machines, one of which was killed in the middle, count as if they had run here", async () => {
  const begun = join(modules, "begun");
  const going = join(modules, "go");
  // Whoever runs it waits, so that it can be killed; the next one does not.
  write(
    "third.test.ts",
    `import { existsSync, writeFileSync } from "node:fs";\n${testOf(
      "third",
      `if (!existsSync(${JSON.stringify(begun)})) { writeFileSync(${JSON.stringify(begun)}, process.env.SHARDWRIGHT_WORKER ?? ""); while (!existsSync(${JSON.stringify(going)})) await new Promise((go) => setTimeout(go, 50)); }`,
    )}`,
  );
  execFileSync("git", ["init", "-q"], { cwd: folder() });
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const names = ["one", "two"];
  const place = (name: string) => ({ args: ["--workspace-dir", join(modules, `work-${name}`)] });
  const workers = await Promise.all(names.map((name) => fleet.worker(name, place(name))));
  const ending = fleet.toEnd(["run", "--workspace", "bundle", "--setup", `ln -s "${modules}" node_modules`], { cwd: folder() });
  await until("the file that waits", () => Promise.resolve(existsSync(begun)));
  const victim = workers[names.indexOf(readFileSync(begun, "utf8"))];
  expect(victim, readFileSync(begun, "utf8")).toBeDefined();
  victim?.child.kill("SIGKILL");
  const { code, output } = await ending;
  expect(code, output).toBe(1);
  expect(output).toContain("Coverage for functions (60%) does not meet global threshold (75%)");
  expect(covered()).toEqual({ total: 60, "shop.ts": 75, "alone.ts": 0 });
});

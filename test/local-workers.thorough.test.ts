import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runReportSchema } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort, runToEnd, start, until } from "./processes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-local-"));
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  write("a.test.js", 'import test from "node:test";\ntest("works", () => {});\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
const report = () => runReportSchema.parse(JSON.parse(readFileSync(join(folder, "shardwright-report", "report.json"), "utf8")));

test("when no local worker is left the run ends, with the reason, and is no verdict on the tests", async () => {
  const { code, output } = await runToEnd(["run", "--workers", "2", "--worker-processes"], {
    cwd: folder,
    environment: { SHARDWRIGHT_LABEL: "!no-label" },
  });
  expect(output).toContain("SHARDWRIGHT_LABEL");
  expect(output).not.toContain("takes its place");
  expect(output).toContain("No worker is left to run the tests: local-");
  expect(report()).toMatchObject({ verdict: "cancelled", account: { discovered: 1, cancelled: 1 } });
  expect(code).toBe(3);
});

test("workers that die again and again are replaced a few times, and the run ends", async () => {
  write("a.test.js", 'process.kill(process.ppid, "SIGKILL");\n');
  const { code, output } = await runToEnd(["run", "--workers", "1", "--worker-processes", "--max-retries", "0"], { cwd: folder });
  expect(output).toContain("local-2 takes its place");
  expect(code).toBe(3);
});

test("nobody to run the tests is a mistake of the command line", async () => {
  const { code, output } = await runToEnd(["run", "--workers", "0"], { cwd: folder });
  expect(output).toContain("--workers 0");
  expect(code).toBe(2);
  expect(existsSync(join(folder, "shardwright-report"))).toBe(false);
});

test("workers that are processes know the plugins of a configuration that --config names", async () => {
  write(
    "elsewhere.mjs",
    `const runner = {
  name: "mine",
  capabilities: { title: "Mine" },
  detect: async () => undefined,
  discover: async () => ({ files: [{ file: "package.json" }], options: {} }),
  open: async () => ({
    usable: true,
    async *execute(tasks) {
      for (const { id } of tasks) {
        yield { type: "started", id };
        yield { type: "case", id, result: { path: ["seen"], ordinal: 0, status: "passed", duration_ms: 1, retries: 0 } };
        yield { type: "finished", id, result: { outcome: "passed" } };
      }
    },
    close: async () => {},
  }),
};
export default { plugins: [{ name: "mine", version: "1.0.0", setup: (api) => api.runner(runner) }] };\n`,
  );
  const args = ["run", "--config", "elsewhere.mjs", "--runner", "mine", "--workers", "1", "--worker-processes"];
  const { code, output } = await runToEnd(args, { cwd: folder });
  expect(output).toContain("1 discovered = 1 passed");
  expect(code).toBe(0);
});

test("on a fleet, local workers of two runs have names of their own, and a run whose workers may not work is not left behind", async () => {
  const address = `http://127.0.0.1:${await freePort()}`;
  const admin = "admin-token-of-this-test-0123456789abcdef";
  const state = mkdtempSync(join(tmpdir(), "shardwright-local-state-"));
  const as = (key: string) => ({ SHARDWRIGHT_COORDINATOR: address, SHARDWRIGHT_API_KEY: key });
  const coordinator = start(["coordinator", "--port", new URL(address).port, "--state-dir", state], {
    environment: { SHARDWRIGHT_ADMIN_TOKEN: admin },
  });
  try {
    await until("the coordinator", async () => (await fetch(`${address}/readyz`)).ok);
    // Each waits for the other, so that both have their workers at one time.
    const other = { one: "two", two: "one" };
    const both = await Promise.all(
      (["one", "two"] as const).map((name) => {
        write(
          `${name}.test.js`,
          `import test from "node:test";\nimport { existsSync, writeFileSync } from "node:fs";
test("meets the other", async () => {
  writeFileSync("${name}.there", "");
  while (!existsSync("${other[name]}.there")) await new Promise((resolve) => setTimeout(resolve, 10));
});\n`,
        );
        const args = ["run", "--workers", "1", "--test-pattern", `${name}.test.js`, "--output-dir", name];
        return runToEnd(args, { cwd: folder, environment: as(admin) });
      }),
    );
    expect(both.map(({ code }) => code)).toEqual([0, 0]);

    const made = await runToEnd(["token", "create", "--scope", "submit", "--json"], { environment: as(admin) });
    const { secret } = JSON.parse(made.output) as { secret: string };
    const refused = await runToEnd(["run", "--workers", "1"], { cwd: folder, environment: as(secret) });
    expect(refused.output).toContain("worker is needed");
    expect(refused.code).toBe(2);
    const { output } = await runToEnd(["runs", "--json"], { environment: as(secret) });
    const { runs } = JSON.parse(output) as { runs: { verdict?: string }[] };
    expect(runs.map(({ verdict }) => verdict)).toEqual(["cancelled", "passed", "passed"]);
  } finally {
    coordinator.child.kill("SIGKILL");
    await coordinator.exited;
    rmSync(state, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
});

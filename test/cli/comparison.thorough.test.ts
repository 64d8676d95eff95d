import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runComparisonSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { runToEnd } from "../processes.ts";
import { startFleet } from "./fleet.ts";
import { useSuite } from "./suite.ts";

const { folder, write, run, report } = useSuite();

/** A file whose tests fail that are named. */
const file = (...tests: readonly (string | { readonly fails: string })[]) =>
  [
    'import test from "node:test"; import assert from "node:assert";',
    ...tests.map((one) =>
      typeof one === "string"
        ? `test(${JSON.stringify(one)}, () => {});`
        : `test(${JSON.stringify(one.fails)}, () => assert.fail("no"));`,
    ),
  ].join("\n");

const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], { cwd: folder(), stdio: "ignore" });

function commit(): void {
  git("add", "-A");
  git("commit", "-q", "-m", "x");
}

const read = (name: string) => readFileSync(join(folder(), "shardwright-report", name), "utf8");

test("alone, a run is compared with the earlier ones on its branch, and with the branch that is named", async () => {
  git("init", "-q", "-b", "main");
  write(".gitignore", "shardwright-report\n.shardwright\n");
  write("CODEOWNERS", "* @all\n/a.test.js @ada @team/a\n");
  write("a.test.js", file("solid", { fails: "broken" }, { fails: "old" }));
  write("b.test.js", file("gone"));
  commit();
  expect((await run("--max-retries", "0")).output).not.toContain("  base   ");
  expect(report()).not.toHaveProperty("comparison");

  git("switch", "-q", "-c", "feature");
  write("a.test.js", file({ fails: "solid" }, "broken", { fails: "old" }, "new"));
  git("rm", "-q", "b.test.js");
  commit();
  const { code, output } = await run("--max-retries", "0");
  expect(code, output).toBe(1);
  expect(output).toMatch(/ {2}base {3}main at [0-9a-f]{8}: 1 newly failing, 1 failing there too, 1 fixed, 1 removed, 1 added\./);
  expect(output).toContain("solid (newly failing)");
  expect(output).toContain("old (fails on main too: in the 1 run)");
  expect(output).toContain("owned by @ada, @team/a");
  expect(output).toContain("Fixed (1)\n  a.test.js > broken");
  expect(output).toContain("To reproduce\n  node --test '--test-name-pattern=^solid$' a.test.js");
  expect(report().comparison).toMatchObject({ base: { branch: "main", origin: "default-branch" } });
  expect(report().tasks[0]?.owners).toEqual(["@ada", "@team/a"]);
  expect(read("report.md")).toContain("🆕 **1 newly failing** · 1 fails on main too");
  expect(read("report.html")).toContain('<span class="change change-newly_failing">1 newly failing</span>');

  // Once more on the branch: its own earlier run is the base, unless another one is named.
  expect((await run("--max-retries", "0")).output).toContain("failing there too");
  expect(report().comparison?.base).toMatchObject({ branch: "feature", origin: "same-branch" });
  await run("--max-retries", "0", "--base-branch", "main");
  expect(report().comparison).toMatchObject({ base: { branch: "main", origin: "base-branch" }, totals: { newly_failing: 1 } });

  // A selection lacks much, and nothing of it is called removed.
  await run("--max-retries", "0", "--base-branch", "main", "--test-pattern", "a.test.js");
  expect(report().comparison?.totals).toMatchObject({ newly_failing: 1, fixed: 1, removed: 0, added: 0 });
  expect(report().suites).toMatchObject([{ selection: "patterns a.test.js" }]);
});

test("with the base's report in a file, runs and merged reports are compared with that; none there yet is no error", async () => {
  write("a.test.js", file("solid", { fails: "broken" }));
  await run("--max-retries", "0");
  copyFileSync(join(folder(), "shardwright-report", "report.json"), join(folder(), "base.json"));
  write("a.test.js", file({ fails: "solid" }, "broken"));
  const { code, output } = await run("--max-retries", "0", "--base-report", "base.json");
  expect(code).toBe(1);
  expect(output).toContain("1 newly failing, 1 fixed.");
  expect(report().comparison).toMatchObject({ base: { origin: "given" }, newly_failing: [{ path: ["solid"] }] });
  const merged = await runToEnd(
    ["report", "merge", "shardwright-report/report.json", "--base-report", "base.json", "--output-dir", "m"],
    {
      cwd: folder(),
    },
  );
  expect(merged.output).toContain("1 newly failing, 1 fixed.");
  const without = await run("--max-retries", "0", "--base-report", "none/*.json");
  expect(without.output).toContain("There is nothing to compare with: No file matches none/*.json.");
  expect(without.code).toBe(1);
  write("broken.json", "{");
  const broken = await run("--max-retries", "0", "--base-report", "broken.json");
  expect(broken.output).toContain("There is nothing to compare with");
  expect(broken.code).toBe(1);
});

test("on a fleet, a run is compared with its base and with any other one", async () => {
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  await fleet.worker("one");
  const ci = (branch: string, sha: string, more: Record<string, string> = {}) => ({
    cwd: folder(),
    environment: {
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_REPOSITORY: "acme/shop",
      GITHUB_RUN_ID: sha,
      GITHUB_JOB: "unit",
      GITHUB_SHA: sha.repeat(10),
      GITHUB_REF_NAME: branch,
      GITHUB_REF: `refs/heads/${branch}`,
      ...more,
    },
  });
  const submit = (options: ReturnType<typeof ci>) => fleet.toEnd(["run", "--max-retries", "0", "--publish", "none"], options);
  write("a.test.js", file("solid", "other"));
  const first = await submit(ci("main", "aaaa"));
  expect(first.code, first.output).toBe(0);
  const base = report().run.id;
  write("a.test.js", file({ fails: "solid" }, "other"));
  const second = await submit(
    ci("merge", "bbbb", { GITHUB_REF: "refs/pull/7/merge", GITHUB_HEAD_REF: "feature", GITHUB_BASE_REF: "main" }),
  );
  expect(second.code, second.output).toBe(1);
  expect(second.output).toContain("main at aaaaaaaa: 1 newly failing.");
  const head = report().run.id;
  expect(report().comparison).toMatchObject({ base: { branch: "main", origin: "base-branch", runs: [{ id: base }] } });

  const own = await fleet.toEnd(["runs", "compare", head]);
  expect(own.code, own.output).toBe(0);
  expect(own.output).toContain("Newly failing (1)\n  a.test.js > solid");
  const turned = await fleet.toEnd(["runs", "compare", head, base, "--json"]);
  expect(runComparisonSchema.parse(JSON.parse(turned.output))).toMatchObject({ fixed: [{ path: ["solid"] }] });
  const none = await fleet.toEnd(["runs", "compare", base]);
  expect(none.code).not.toBe(0);
  expect(none.output).toContain(`a run that ${base} could be compared with`);
});

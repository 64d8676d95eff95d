import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { startFleet } from "./cli/fleet.ts";
import { useSuite } from "./cli/suite.ts";
import { until } from "./processes.ts";

const { folder, write, run, report } = useSuite();
const python = process.env["TEST_PYTHON"] ?? "/usr/bin/python3";
const hasCoverage = spawnSync(python, ["-c", "import pytest_cov"]).status === 0;

beforeEach(() => {
  write(".gitignore", ".coverage\n__pycache__\nshardwright-report\n.shardwright\ncoverage.xml\n");
  write("pytest.ini", "[pytest]\naddopts = --cov=shop --cov-report=xml --cov-fail-under=65\n");
  write(
    "shardwright.config.json",
    JSON.stringify({ suites: [{ name: "unit", runner: "pytest", directory: ".", options: { python } }] }),
  );
  write("shop/__init__.py", "");
  const functions = ["first", "second", "third", "never"].map((name) => `def ${name}():\n    return "${name}"\n`);
  write("shop/till.py", functions.join("\n"));
  write("shop/alone.py", "def alone():\n    return 1\n");
  for (const name of ["first", "second"]) write(`test_${name}.py`, testOf(name));
});

const testOf = (name: string, more = "") =>
  `from shop.till import ${name}\n\ndef test_calls():\n    assert ${name}() == "${name}"\n${more}`;

/** The share of lines that is covered, by the report of the framework. */
function covered(): string | undefined {
  return /line-rate="([\d.]+)"/.exec(readFileSync(join(folder(), "coverage.xml"), "utf8"))?.[1];
}

describe.skipIf(!hasCoverage)("coverage of pytest", () => {
  test("a run whose tests pass is red below a threshold of the whole, and says why; more tests make it green", async () => {
    const low = await run();
    expect(low.code, low.output).toBe(1);
    expect(covered()).toBe("0.6");
    const reason = "In unit: Required test coverage of 65% not reached. Total coverage: 60.00%";
    expect(low.output).toContain(`FAILED  ${reason}`);
    expect(report()).toMatchObject({ verdict: "failed", reason, account: { discovered: 2, passed: 2 } });
    expect(report().tasks.flatMap(({ attempts }) => attempts.flatMap(({ artifacts = [] }) => artifacts))).toEqual([]);

    write("test_third.py", testOf("third"));
    const enough = await run();
    expect(enough.code, enough.output).toBe(0);
    expect(covered()).toBe("0.7");
  });

  test("files that ran on other machines, one of which was killed in the middle, count as if they had run here", async () => {
    const shared = mkdtempSync(join(tmpdir(), "shardwright-pytest-fleet-"));
    onTestFinished(() => rmSync(shared, { recursive: true, force: true }));
    const begun = join(shared, "begun");
    // Whoever runs it waits, so that it can be killed; the next one does not.
    const wait = `
    import os, time
    if not os.path.exists(${JSON.stringify(begun)}):
        with open(${JSON.stringify(`${begun}.part`)}, "w") as file:
            file.write(os.environ["SHARDWRIGHT_WORKER"])
        os.rename(${JSON.stringify(`${begun}.part`)}, ${JSON.stringify(begun)})
        while True:
            time.sleep(1)
`;
    write("test_third.py", testOf("third", wait));
    execFileSync("git", ["init", "-q"], { cwd: folder() });
    const fleet = await startFleet();
    onTestFinished(fleet.end);
    const names = ["one", "two"];
    const place = (name: string) => ({ args: ["--workspace-dir", join(shared, `work-${name}`)] });
    const workers = await Promise.all(names.map((name) => fleet.worker(name, place(name))));
    const ending = fleet.toEnd(["run", "--workspace", "bundle"], { cwd: folder() });
    await until("the file that waits", () => Promise.resolve(existsSync(begun)));
    workers[names.indexOf(readFileSync(begun, "utf8"))]?.child.kill("SIGKILL");
    const { code, output } = await ending;
    expect(code, output).toBe(0);
    expect(covered()).toBe("0.7");
    expect(output).toContain("Required test coverage of 65% reached. Total coverage: 70.00%");
  });
});

import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type TrendAlert, manifestText } from "@shardwright/core";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Fleet, startFleet } from "../cli/fleet.ts";
import { runToEnd, start, until } from "../processes.ts";
import { type PlantedRepository, plantRepository } from "./planted.ts";

vi.setConfig({ testTimeout: 900_000 });

function place(): { readonly folder: string; readonly environment: Record<string, string> } {
  const base = mkdtempSync(join(tmpdir(), "planted-"));
  onTestFinished(() => rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return { folder: join(base, "repo"), environment: { NOISE_FILE: join(base, "noise") } };
}

interface Result {
  readonly kind: string;
  readonly suspects: readonly { readonly sha: string }[];
  readonly steps: readonly { readonly commit: string; readonly side: string; readonly problem?: string }[];
  readonly runs: number;
  readonly kept: number;
  readonly machines: readonly string[];
}
const resultIn = (folder: string): Result => JSON.parse(readFileSync(join(folder, "../result.json"), "utf8")) as Result;
const sides = ({ steps }: Result, { commits }: PlantedRepository) =>
  steps.map(({ commit, side }) => `${commits.indexOf(commit)} ${side}`);

test("alone: the commit is found without touching the checkout, one that does not load is skipped, and a killed search goes on", async () => {
  const { folder, environment } = place();
  const repository = plantRepository(folder, { commits: 12, regression: 7, broken: [5] });
  const [good = ""] = repository.commits;
  expect(await runToEnd(["run", "--workers", "1"], { cwd: folder, environment })).toMatchObject({ code: 0 });
  const head = execFileSync("git", ["rev-parse", "HEAD"], { cwd: folder, encoding: "utf8" });
  const args = ["trends", "bisect", "works", "--metric", "steps", "--good", good, "--bad", "HEAD", "--output", "../result.json"];
  const journals = () =>
    existsSync(join(folder, ".shardwright", "bisect")) ? readdirSync(join(folder, ".shardwright", "bisect")) : [];
  const measured = () => {
    const [name] = journals();
    if (name === undefined) return 0;
    return readFileSync(join(folder, ".shardwright", "bisect", name), "utf8").split("\n").length - 2;
  };
  const killed = start(args, { cwd: folder, environment });
  await until("some measurements", () => Promise.resolve(measured() > 3));
  killed.child.kill("SIGKILL");
  await killed.exited;
  const stopped = start(args, { cwd: folder, environment });
  const before = measured();
  await until("more measurements", () => Promise.resolve(measured() > before + 2));
  stopped.child.kill("SIGINT");
  expect(await stopped.exited, stopped.output()).toBe(4);
  expect(stopped.output()).toContain("What was measured is kept");

  const { code, output } = await runToEnd(args, { cwd: folder, environment });
  expect(code, output).toBe(0);
  const result = resultIn(folder);
  expect(result).toMatchObject({ kind: "found", suspects: [{ sha: repository.commits[7] }] });
  expect(sides(result, repository)).toContain("5 skipped");
  expect(result.kept).toBeGreaterThan(4);
  expect(output).toContain("Change 7 (Ann)");
  expect(journals()).toEqual([]);
  expect(execFileSync("git", ["rev-parse", "HEAD"], { cwd: folder, encoding: "utf8" })).toBe(head);
  expect(execFileSync("git", ["status", "--porcelain"], { cwd: folder, encoding: "utf8" })).toBe("");
  expect(execFileSync("git", ["worktree", "list"], { cwd: folder, encoding: "utf8" }).split("\n")).toHaveLength(2);

  // What it cannot do it says, and how it could.
  const refused = (...more: string[]) => runToEnd(["trends", "bisect", ...more], { cwd: folder, environment });
  expect(await refused("works", "--metric", "steps")).toMatchObject({
    code: 2,
    output: expect.stringContaining("--good and --bad") as string,
  });
  expect(await refused("nothing")).toMatchObject({ code: 2, output: expect.stringContaining("trends list") as string });
  const around = (from: string, until_: string, ...more: string[]) =>
    refused("works", "--metric", "steps", "--good", from, "--bad", until_, ...more);
  expect(await around("HEAD", good)).toMatchObject({ code: 2, output: expect.stringContaining("first parents") as string });
  expect(await around("nowhere", "HEAD")).toMatchObject({
    code: 2,
    output: expect.stringContaining("does not have the commit") as string,
  });
  expect(await around(good, "HEAD", "--max-runs", "3")).toMatchObject({
    code: 1,
    output: expect.stringContaining("One of 11 commits") as string,
  });
  expect(await around(good, repository.commits[3] ?? "", "--repeat", "6")).toMatchObject({ code: 1 });
});

/** Runs the suite at each of these commits, as a CI system would one after the other. */
async function runAt(fleet: Fleet, { folder }: PlantedRepository, commits: readonly string[]): Promise<void> {
  const suites = [{ name: "node-test", runner: "node-test", directory: ".", options: {} }];
  const tasks = [
    {
      key: "node-test:test/work.test.mjs",
      suite: "node-test",
      kind: "file" as const,
      file: "test/work.test.mjs",
      args: [],
      requirements: {},
      hash: "0".repeat(64),
      bytes: 1,
    },
  ];
  const manifest_hash = createHash("sha256").update(manifestText({ tasks, suites })).digest("hex");
  for (const commit of commits) {
    const { run } = (await fleet.call("POST", "runs", {
      run_key: `ordinary-${commit}`,
      context: { commit, branch: "main" },
      workspace: { kind: "git", url: pathToFileURL(folder).href, commit },
      suites,
      tasks,
      manifest_hash,
    })) as { run: string };
    await until(
      `the run at ${commit}`,
      async () => {
        const { status } = (await fleet.call("GET", `runs/${run}`)) as { status: string };
        return status === "ended";
      },
      120_000,
    );
  }
}

const alertsOf = async (fleet: Fleet) => {
  await fleet.call("POST", "trends/judge", { wait_ms: 60_000 });
  return ((await fleet.call("GET", "trends/alerts")) as { alerts: TrendAlert[] }).alerts;
};

test("on a fleet: 200 clean runs give no alert; a fifth more work in one of 40 commits gives one, whose range has it, and bisect ends on it", async () => {
  const { folder, environment } = place();
  const [clean, planted, all] = [200, 223, 240];
  const repository = plantRepository(folder, { commits: all, regression: planted });
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  // What is measured is the work that is counted. How long it takes is this machine's load, and is left out.
  await fleet.toEnd(["cluster", "config", "set", "trends-floor", "3600000"]);
  await Promise.all(["one", "two"].map((name) => fleet.worker(name, { environment })));
  await runAt(fleet, repository, repository.commits.slice(0, clean));
  expect(await alertsOf(fleet)).toEqual([]);
  await runAt(fleet, repository, repository.commits.slice(clean));
  const alerts = await alertsOf(fleet);
  expect(alerts).toHaveLength(1);
  expect(alerts[0]?.commits).toContain(repository.commits[planted]);

  const args = ["trends", "bisect", "works", "--metric", "steps", "--output", "../result.json"];
  const seen = await fleet.toEnd(args, { cwd: folder });
  expect(seen.code, seen.output).toBe(0);
  expect(resultIn(folder)).toMatchObject({ kind: "found", suspects: [{ sha: repository.commits[planted] }] });
  const [first = "", last = ""] = [repository.commits[clean], repository.commits[all - 1]];
  const wide = await fleet.toEnd([...args, "--good", first, "--bad", last], { cwd: folder });
  expect(wide.code, wide.output).toBe(0);
  const result = resultIn(folder);
  expect(result).toMatchObject({ kind: "found", suspects: [{ sha: repository.commits[planted] }] });
  expect(result.machines.toSorted()).toEqual(["one", "two"]);
  // None of it is a part of what was measured in its turn, and none of it is an alert.
  const series = (await fleet.call("GET", "trends/series")) as { series: { points: number }[] };
  expect(series.series.map(({ points }) => points)).toEqual([all]);
  expect(await alertsOf(fleet)).toHaveLength(1);
});

import { readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { Suite } from "../runner.ts";
import { closeIdleBases } from "./bases.ts";
import { workspace, scratch, write, manifest, open, discover, run } from "./testing/jest-suite.ts";

describe("sessions", () => {
  test("a task's arguments select cases", async () => {
    await write({ ...manifest(), "a.test.js": `test("one", () => {}); describe("s", () => { test("two", () => {}); });` });
    const ran = await run(await open(), { file: "a.test.js", args: ["--testNamePattern=^s"] }, "a.test.js", {
      file: "a.test.js",
      args: ["--bail"],
    });
    const passed = ran.map((entry) => entry.cases.filter(({ status }) => status === "passed").map(({ path }) => path.at(-1)));
    expect(passed).toEqual([["two"], ["one", "two"], []]);
    expect(ran[2]?.result).toMatchObject({ outcome: "errored", failure: { message: expect.stringContaining("--bail") } });
  });

  test("a broken configuration is told", async () => {
    await write({ "jest.config.js": `throw new Error("bad configuration");`, "a.test.js": "" });
    await expect(discover()).rejects.toMatchObject({
      code: "discovery-failed",
      message: expect.stringContaining("bad configuration"),
    });
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining("bad configuration") });
  });

  test.each<[Suite["options"], string]>([
    [{ pool: "forks" }, "pool"],
    [{ args: "--bail" }, "args"],
  ])("options like %j are refused", async (options, words) => {
    await write(manifest());
    await expect(open({ options })).rejects.toMatchObject({ code: "config-invalid", message: expect.stringContaining(words) });
  });

  test("arguments that jest does not know, and projects that are not there, are named", async () => {
    await write({ ...manifest(), "a.test.js": "" });
    await expect(discover({}, ".", { args: ["--unheardOf"] })).rejects.toMatchObject({
      code: "discovery-failed",
      message: expect.stringContaining("unheardOf"),
    });
    await expect(discover({}, ".", { projects: ["web"] })).rejects.toMatchObject({ message: expect.stringContaining("web") });
  });

  test("a jest that is missing, or too old, is named", async () => {
    await rm(join(workspace, "node_modules"), { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: "framework-missing" });
    await expect(discover()).rejects.toMatchObject({ code: "framework-missing" });
    await write({ "node_modules/jest/package.json": { name: "jest", version: "28.1.3" } });
    await expect(open()).rejects.toMatchObject({ code: "framework-missing", message: expect.stringContaining("28.1.3") });
  });

  test("all that a suite's processes shared is gone with them", async () => {
    await write({ ...manifest(), "a.test.js": `test("a", () => {});` });
    // Others' suites put theirs into the usual one.
    for (const name of ["TMPDIR", "TEMP", "TMP"]) vi.stubEnv(name, scratch);
    const shared = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("shardwright-jest-"));
    const before = await shared();
    await discover();
    const target = await open();
    await run(target, "a.test.js");
    expect((await shared()).length).toBe(before.length + 1);
    await target.close("graceful");
    await closeIdleBases();
    expect(await shared()).toEqual(before);
  });
});

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import type { Runner } from "@shardwright/runners";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Configuration } from "../config/resolve.ts";
import { discover, requireTests } from "./discover.ts";
import type { ChosenSuite } from "./suites.ts";

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "shardwright-discover-"));
  await mkdir(join(workspace, "a"));
  for (const name of ["a/one", "a/two", "b"]) await writeFile(join(workspace, name), name);
});
afterEach(() => rm(workspace, { recursive: true, force: true }));

/** A framework with a task that is one file, and one that is a folder with the files it says. */
function manifestOf(...sources: string[]) {
  return discoverBy(() => Promise.resolve({ files: [{ file: "a", sources }, { file: "b" }], options: {} }));
}

function discoverBy(list: Runner["discover"], limit_ms?: number, ...chosen: Partial<ChosenSuite>[]) {
  const runner: Runner = {
    name: "plain",
    capabilities: {
      title: "plain",
      streamsCases: false,
      warmProcess: false,
      selectsCases: false,
      splitsFiles: false,
      readsProjectConfiguration: false,
      reportsRetries: false,
      reportsLines: false,
      versions: "1",
    },
    detect: () => Promise.resolve("here"),
    discover: list,
    open: () => Promise.reject(new Error("nothing runs here")),
  };
  const suite = {
    name: "plain",
    runner: "plain",
    directory: ".",
    patterns: [],
    directories: [],
    excludes: [],
    options: {},
    requirements: {},
  };
  return discover({
    workspace,
    suites: (chosen.length === 0 ? [{}] : chosen).map((own) => ({ ...suite, ...own })),
    runners: new Map([["plain", runner]]),
    requirements: {},
    environment: {},
    ...(limit_ms !== undefined && { limit_ms }),
  });
}

test("a framework that lists its tests for ever is told to end, and the run does not wait for it", async () => {
  let wasTold = false;
  const hangs: Runner["discover"] = ({ signal }) =>
    new Promise(() => signal?.addEventListener("abort", () => (wasTold = true), { once: true }));
  await expect(discoverBy(hangs, 20)).rejects.toThrow("it has not listed its tests within 0.02 s");
  expect(wasTold).toBe(true);
});

test("a folder's task has the size and the hash of all its files, and no others", async () => {
  const first = await manifestOf("a/one", "a/two");
  expect(first.tasks.map(({ key, file, bytes }) => [key, file, bytes])).toEqual([
    ["plain:a", "a", 10],
    ["plain:b", "b", 1],
  ]);
  await writeFile(join(workspace, "a/three"), "beside them");
  expect(await manifestOf("a/one", "a/two")).toEqual(first);
  await writeFile(join(workspace, "a/two"), "A/TWO");
  const changed = await manifestOf("a/one", "a/two");
  expect(changed.tasks[0]?.hash).not.toBe(first.tasks[0]?.hash);
  expect(changed.tasks[1]).toEqual(first.tasks[1]);
  expect(changed.hash).not.toBe(first.hash);
});

test("files that change places change the hash", async () => {
  const first = await manifestOf("a/one", "a/two");
  await writeFile(join(workspace, "a/one"), "a/two");
  await writeFile(join(workspace, "a/two"), "a/one");
  expect((await manifestOf("a/one", "a/two")).hash).not.toBe(first.hash);
});

test("of many suites only some are listed at once, all in their order, and none more after one has failed", async () => {
  const names = Array.from({ length: 40 }, (_, index) => `s${index}`);
  const chosen = names.map((name) => ({ name, options: { name } }));
  let [running, most, begun] = [0, 0, 0];
  const list = async ({ options: { name } }: Parameters<Runner["discover"]>[0]) => {
    running += 1;
    begun += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (name === "bad") throw new Error("it is bad");
    return { files: [{ file: "b" }], options: {} };
  };
  const { suites, tasks } = await discoverBy(list, undefined, ...chosen);
  expect(suites.map(({ name }) => name)).toEqual(names);
  expect(tasks.map(({ suite }) => suite)).toEqual(names);
  expect(most).toBe(Math.max(2, availableParallelism()));
  begun = 0;
  await expect(discoverBy(list, undefined, { options: { name: "bad" } }, ...chosen)).rejects.toThrow("it is bad");
  expect(begun).toBeLessThan(names.length);
});

test("what is wrong with a suite in a folder names it, and what is known of others is told as it is", async () => {
  const refuse = () => Promise.reject(new ShardwrightError("usage", { problem: "It is wrong.", remedy: "Mend it." }));
  await expect(discoverBy(refuse, undefined, { directory: "a" })).rejects.toMatchObject({
    details: { problem: "In a: It is wrong." },
  });
  await expect(discoverBy(refuse)).rejects.toMatchObject({ details: { problem: "It is wrong." } });
  const { notices } = await discoverBy(() => Promise.resolve({ files: [{ file: "b" }], options: {} }), undefined, {
    notices: ["Not run: c."],
  });
  expect(notices).toEqual(["Not run: c."]);
});

test("packages that are set up for a suite's framework, and that have none of its tests, are told", async () => {
  const list = () => Promise.resolve({ files: [{ file: "a/one" }, { file: "b" }], options: {}, notices: ["it says this."] });
  const noticesOf = async (chosen: Partial<ChosenSuite>) => (await discoverBy(list, undefined, chosen)).notices;
  expect(await noticesOf({ packages: ["a"] })).toEqual(["The suite plain: it says this."]);
  expect(await noticesOf({ packages: ["a", "a/one", "b", "c"] })).toEqual([
    "The suite plain: it says this.",
    "The suite plain: none of its tests lies in 3 packages that are set up for plain as well, whose own do not run: a/one, b, c. " +
      "Where they should, name the suites in a configuration file.",
  ]);
  // Who narrows a run knows that it is not all.
  for (const narrowing of ["patterns", "directories"])
    expect(await noticesOf({ packages: ["c"], [narrowing]: ["b"] })).toEqual(["The suite plain: it says this."]);
});

test("a recognised suite without tests is refused where the script of its folder fails for that", async () => {
  const found = { isRecognised: true as const, directory: "a", name: "a" };
  const isRefused = async (script: string, listed: object = {}, chosen: object = {}) => {
    await writeFile(join(workspace, "a/package.json"), JSON.stringify({ scripts: { test: script, unit: "plain --quick" } }));
    const list: Runner["discover"] = ({ directory }) =>
      Promise.resolve(directory === "a" ? { files: [], options: {}, ...listed } : { files: [{ file: "b" }], options: {} });
    const manifest = await discoverBy(list, undefined, { ...found, ...chosen }, { name: "b" });
    const configuration = { settings: { allowEmpty: false }, suites: undefined } as unknown as Configuration;
    try {
      requireTests(manifest, configuration);
      return false;
    } catch (error) {
      expect(error).toMatchObject({ message: expect.stringContaining("the suite a (in a), for which the script") as string });
      expect(() =>
        requireTests(manifest, { ...configuration, settings: { ...configuration.settings, allowEmpty: true } }),
      ).not.toThrow();
      return true;
    }
  };
  expect(await isRefused("plain")).toBe(true);
  expect(await isRefused("tsc && npx plain.cmd run")).toBe(true);
  expect(await isRefused("npm run unit")).toBe(true);
  expect(await isRefused("other plainer")).toBe(false);
  expect(await isRefused("npm exec --workspaces -- plain")).toBe(false);
  expect(await isRefused("plain --passWithNoTests")).toBe(false);
  expect(await isRefused("plain", { mayBeEmpty: true })).toBe(false);
  expect(await isRefused("plain", { files: [{ file: "b" }] })).toBe(false);
  expect(await isRefused("plain", {}, { directories: ["src"] })).toBe(false);
  expect(await isRefused("plain", {}, { isRecognised: undefined })).toBe(false);
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveConfiguration } from "./resolve.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shardwright-sources-"));
  writeFileSync(join(directory, ".git"), "");
});
afterEach(() => rmSync(directory, { recursive: true }));

const resolveIn = async (flags: Record<string, unknown>, environment: Record<string, string> = {}) =>
  (await resolveConfiguration({ command: "run", flags, environment, directory })).settings;

test("a pattern with braces is one pattern, wherever it comes from", async () => {
  const { testPattern, exclude } = await resolveIn(
    { testPattern: ["src/**/*.{test,spec}.ts,e2e/*.js", "a{b,{c,d}}"] },
    { SHARDWRIGHT_EXCLUDE: "**/{slow,load}/**, odd{name ,}x" },
  );
  expect(testPattern).toEqual(["src/**/*.{test,spec}.ts", "e2e/*.js", "a{b,{c,d}}"]);
  expect(exclude).toEqual(["**/{slow,load}/**", "odd{name ,}x"]);
  expect((await resolveIn({ testPattern: ["open{brace,b"] })).testPattern).toEqual(["open{brace", "b"]);
});

test("a list without anything in it is refused, by name", async () => {
  await expect(resolveIn({ testDir: [""], coordinator: [" , "] }, { SHARDWRIGHT_SUITE: "," })).rejects.toThrow(
    /--coordinator: name at least one[^]*SHARDWRIGHT_SUITE: name at least one[^]*--test-dir: name at least one/,
  );
});

test("the bell can be asked for in a variable, and what is no address is refused", async () => {
  expect((await resolveIn({}, { SHARDWRIGHT_NOTIFY_ON_FAILURE: "true" })).notifyOnFailure).toBe(true);
  expect((await resolveIn({ notifyOnFailure: true })).notifyOnFailure).toBe(true);
  expect((await resolveIn({ notifyOnFailure: "http://x/y" })).notifyOnFailure).toBe("http://x/y");
  await expect(resolveIn({ notifyOnFailure: "somebody" })).rejects.toThrow("--notify-on-failure: give true, or an address");
});

test("variables that are ours, and those of a Kubernetes service called as we are, are no mistakes", async () => {
  const service = {
    SHARDWRIGHT_SERVICE_HOST: "10.0.0.1",
    SHARDWRIGHT_SERVICE_PORT: "8080",
    SHARDWRIGHT_SERVICE_PORT_HTTP: "8080",
    SHARDWRIGHT_PORT: "tcp://10.0.0.1:8080",
    SHARDWRIGHT_PORT_8080_TCP: "tcp://10.0.0.1:8080",
    SHARDWRIGHT_PORT_8080_TCP_PROTO: "tcp",
    SHARDWRIGHT_COORDINATOR_SERVICE_HOST: "10.0.0.1",
    SHARDWRIGHT_COORDINATOR_PORT: "tcp://10.0.0.1:8080",
  };
  await resolveIn({}, { ...service, SHARDWRIGHT_DEBUG: "1", SHARDWRIGHT_NODE: process.execPath });
  const { settings } = await resolveConfiguration({ command: "coordinator", flags: {}, environment: service, directory });
  expect(settings.port).toBe(8080);
  await expect(resolveIn({}, { SHARDWRIGHT_WORKER_HOST: "x" })).rejects.toThrow("SHARDWRIGHT_WORKER_HOST");
});

test("a configuration that a module makes asynchronously counts", async () => {
  writeFileSync(join(directory, "shardwright.config.mjs"), "export default Promise.resolve({ workers: 3 });");
  expect((await resolveIn({})).workers).toBe(3);
});

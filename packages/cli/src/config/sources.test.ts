import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { failoverOf } from "./failover.ts";
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

test("several coordinators come from a flag, a variable or the file, and each bad address is named, its password is not", async () => {
  const flags = { coordinator: ["http://a:1,https://b", "http://c:3/prefix"], failoverTimeout: "0.5" };
  const variables = { SHARDWRIGHT_COORDINATOR: "http://d:1, http://e:1", SHARDWRIGHT_COORDINATOR_FAILOVER_STRATEGY: "ordered" };
  const both = await resolveIn(flags, variables);
  expect(both.coordinator).toEqual(["http://a:1", "https://b", "http://c:3/prefix"]);
  expect(failoverOf(both)).toEqual({ strategy: "ordered", timeout_ms: 500 });
  expect((await resolveIn({}, variables)).coordinator).toEqual(["http://d:1", "http://e:1"]);
  writeFileSync(
    join(directory, "shardwright.config.json"),
    JSON.stringify({ coordinator: ["http://f:1", "http://g:1"], coordinatorFailoverStrategy: "random", failoverTimeout: 2.5 }),
  );
  const fromFile = await resolveIn({});
  expect(fromFile.coordinator).toEqual(["http://f:1", "http://g:1"]);
  expect(failoverOf(fromFile)).toEqual({ strategy: "random", timeout_ms: 2500 });

  const message = await resolveIn(
    { coordinator: ["http://fine:1,ftp://one,two:8080", "https://me:secret@three"], coordinatorFailoverStrategy: "luck" },
    { SHARDWRIGHT_FAILOVER_TIMEOUT: "0" },
  ).then(
    () => "",
    (error: Error) => error.message,
  );
  for (const part of [
    "ftp://one",
    "two:8080",
    "https://***@three",
    "--coordinator-failover-strategy",
    "SHARDWRIGHT_FAILOVER_TIMEOUT",
  ])
    expect(message).toContain(part);
  expect(message).not.toContain("secret");
  expect(message).not.toContain("fine");
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

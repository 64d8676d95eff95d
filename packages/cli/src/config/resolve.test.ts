import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ShardwrightConfig } from "./file.ts";
import { resolveConfiguration } from "./resolve.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shardwright-config-"));
  writeFileSync(join(directory, ".git"), "");
});
afterEach(() => rmSync(directory, { recursive: true }));

function resolveIn(flags: Record<string, unknown>, environment: Record<string, string>, command: "run" | "worker" = "run") {
  return resolveConfiguration({ command, flags, environment, directory });
}

test("a flag beats a variable, a variable beats the file, the file beats the default", async () => {
  writeFileSync(join(directory, "shardwright.config.json"), JSON.stringify({ maxRetries: 1, timeout: 50, project: "shop" }));
  const { settings } = await resolveIn({ maxRetries: "5" }, { SHARDWRIGHT_MAX_RETRIES: "4", SHARDWRIGHT_TIMEOUT: "70" });
  expect(settings).toMatchObject({ maxRetries: 5, timeout: 70, project: "shop", taskTimeout: 600 });
});

test("TypeScript and YAML files are read alike", async () => {
  writeFileSync(join(directory, "shardwright.config.ts"), "const n: number = 2; export default { workers: n };");
  expect((await resolveIn({}, {})).settings.workers).toBe(2);
  rmSync(join(directory, "shardwright.config.ts"));
  writeFileSync(
    join(directory, "shardwright.config.yml"),
    "workers: 3\nsuites:\n  - { name: a, runner: pytest, directory: py }\n",
  );
  const found = await resolveIn({}, {});
  expect(found.settings.workers).toBe(3);
  expect(found.suites?.[0]).toMatchObject({ name: "a", directory: "py", patterns: [] });
});

test("what a file may say is known as a type, to its misspelt names", async () => {
  const written = {
    workers: 2,
    testPattern: ["**/*.spec.ts"],
    suites: [{ name: "a", runner: "pytest", requirements: { browser: "firefox" } }],
  } satisfies ShardwrightConfig;
  writeFileSync(join(directory, "shardwright.config.json"), JSON.stringify(written));
  const found = await resolveIn({}, {});
  expect(found.settings).toMatchObject({ workers: 2, testPattern: ["**/*.spec.ts"] });
  expect(found.suites?.[0]).toMatchObject({ name: "a", runner: "pytest" });

  // @ts-expect-error: it is called `maxRetries`.
  const misspelt = { maxRetires: 1 } satisfies ShardwrightConfig;
  // @ts-expect-error: a list has texts.
  const numbers = { testPattern: [1] } satisfies ShardwrightConfig;
  for (const wrong of [misspelt, numbers]) {
    writeFileSync(join(directory, "shardwright.config.json"), JSON.stringify(wrong));
    await expect(resolveIn({}, {})).rejects.toMatchObject({ code: "config-invalid" });
  }
});

test("every problem is said at once, by the name its owner knows", async () => {
  writeFileSync(
    join(directory, "shardwright.config.json"),
    JSON.stringify({ timeout: -1, tset: 1, suites: [{ name: "a", runner: "x", directory: "../up" }] }),
  );
  const failure = await resolveIn(
    { workers: "many", requirements: "{" },
    { SHARDWRIGHT_MAX_RETRIES: "999", SHARDWRIGHT_MAX_RETRY: "1" },
  ).then(
    () => undefined,
    (error: Error) => error.message,
  );
  for (const name of [
    "--workers",
    "--requirements",
    "SHARDWRIGHT_MAX_RETRIES",
    "SHARDWRIGHT_MAX_RETRY:",
    "timeout",
    "tset",
    "suites.0.directory",
  ])
    expect(failure).toContain(name);
});

test("what a worker tells its tests is no misspelt setting to a run that one of them starts", async () => {
  const told = { SHARDWRIGHT: "1", SHARDWRIGHT_RUN_ID: "r-1", SHARDWRIGHT_WORKER: "one", SHARDWRIGHT_SLOT: "0" };
  const paths = { SHARDWRIGHT_ARTIFACTS_DIR: "/tmp/a", SHARDWRIGHT_METRICS: "/tmp/m.jsonl", SHARDWRIGHT_BROWSER: "firefox" };
  await expect(resolveIn({}, { ...told, ...paths })).resolves.toBeDefined();
  await expect(resolveIn({}, { SHARDWRIGHT_METRIC: "/tmp/m.jsonl" })).rejects.toMatchObject({ code: "config-invalid" });
});

test("lists come apart at commas, wherever they come from", async () => {
  const { settings } = await resolveIn({ testPattern: ["a,b", "c"] }, { SHARDWRIGHT_REPORT_FORMATS: "json,md" });
  expect(settings.testPattern).toEqual(["a", "b", "c"]);
  expect(settings.reportFormats).toEqual(["json", "md"]);
});

test("two configuration files in one folder are refused", async () => {
  writeFileSync(join(directory, "shardwright.config.json"), "{}");
  writeFileSync(join(directory, "shardwright.config.yml"), "{}");
  await expect(resolveIn({}, {})).rejects.toThrow("2 configuration files");
});

test("a file that is no object is refused by its name", async () => {
  writeFileSync(join(directory, "shardwright.config.json"), "[1");
  await expect(resolveIn({}, {})).rejects.toThrow("shardwright.config.json");
});

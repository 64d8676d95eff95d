import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reportFromCases, type CaseResult, type RunReport } from "@shardwright/core";
import { assert, property, string } from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { detectEnvironment } from "../../environment.ts";
import { logGroup, neutraliseCommands } from "../../log.ts";
import type { Session } from "../../publishing/channel.ts";
import { publicationOf } from "../../publishing/publication.ts";
import { publish } from "../../publishing/publish.ts";
import { serviceMessage } from "./message.ts";
import { parseProperties } from "./properties.ts";
import { teamcityProvider } from "./provider.ts";

interface Message {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Reads the messages of a log as the documented grammar has them, wherever in a line they stand. @throws Error for a broken one */
function messagesIn(log: string): Message[] {
  return log.split("\n").flatMap((line) =>
    line.split("##teamcity[").flatMap((rest, place) => {
      if (place === 0) return [];
      const [whole, name = "", pairs = ""] =
        /^(\w+)((?:\s+\w+\s*=\s*'(?:[^'|\n\r[\]]|\|(?:[nr|'[\]]|0x[0-9A-F]{4}))*')*)\s*\]/.exec(rest) ?? [];
      if (whole === undefined) throw new Error(`no service message: ${rest.slice(0, 200)}`);
      const attributes = [...pairs.matchAll(/(\w+)\s*=\s*'((?:[^'|]|\|.)*)'/gs)].map(([, key, value]) => [
        key,
        unescape(value ?? ""),
      ]);
      return [{ name, attributes: Object.fromEntries(attributes) as Record<string, string> }];
    }),
  );
}

function unescape(text: string): string {
  return text.replaceAll(/\|(?:0x([0-9A-F]{4})|(.))/g, (_, code: string | undefined, letter: string | undefined) =>
    code === undefined ? ({ n: "\n", r: "\r" }[letter ?? ""] ?? letter ?? "") : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

test("any text comes back out of a message, which is one line of ASCII", () => {
  assert(
    property(string({ unit: "binary" }), (text) => {
      const written = serviceMessage("testStarted", { name: text });
      expect(written).toMatch(/^[\t\x20-\x7E]*$/);
      expect(messagesIn(written)).toEqual([{ name: "testStarted", attributes: { name: text } }]);
    }),
    { examples: [["it's [a] ##teamcity[x] | b\r\nc"], ["\u0085\u2028é😀"]] },
  );
});

test("what a test prints is no message; a group is a block of its own name", () => {
  expect(messagesIn(neutraliseCommands("teamcity", "x ##teamcity[buildStop]##teamcity[a b='']"))).toEqual([]);
  const { open, close } = logGroup("teamcity", "Failures (2)", "x", 1);
  expect(messagesIn(open + close)).toEqual([
    { name: "blockOpened", attributes: { name: "Failures (2)" } },
    { name: "blockClosed", attributes: { name: "Failures (2)" } },
  ]);
});

test("what its files of parameters say", () => {
  const folder = mkdtempSync(join(tmpdir(), "teamcity-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [system, configuration] = [join(folder, "system.properties"), join(folder, "configuration.properties")];
  // As Java writes them: `:` and `\` are escaped, also on Windows.
  const written = (path: string) => path.replaceAll(/[\\:]/g, "\\$&");
  writeFileSync(system, `#comment\nteamcity.configuration.properties.file=${written(configuration)}\n`);
  const parameters = [
    "teamcity.serverUrl=https\\://teamcity.example.com",
    "teamcity.build.id=88",
    "teamcity.build.branch=refs/heads/feature",
    "teamcity.pullRequest.number=12",
    "teamcity.pullRequest.source.branch=feature",
    "teamcity.pullRequest.target.branch=refs/heads/main",
    "teamcity.build.triggeredBy.username=ada",
  ];
  writeFileSync(configuration, parameters.join("\n"));
  const env = { TEAMCITY_VERSION: "2025.11", BUILD_VCS_NUMBER: "c0ffee", TEAMCITY_BUILD_PROPERTIES_FILE: system };
  expect(detectEnvironment(env)).toEqual({
    provider: "teamcity",
    context: {
      provider: "teamcity",
      commit: "c0ffee",
      branch: "feature",
      pull_request: "12",
      actor: "ada",
      build_url: "https://teamcity.example.com/build/88",
      base_branch: "main",
    },
    pipelineKey: "teamcity:https://teamcity.example.com:88",
  });
  const batches = ["teamcity.build.parallelTests.currentBatch=2", "teamcity.build.parallelTests.totalBatches=3"];
  writeFileSync(configuration, [...parameters, ...batches].join("\n"));
  // Each batch is a build of its own: a key made of it would join nobody.
  expect(detectEnvironment(env)).toMatchObject({ job: { index: 1, total: 3 } });
  expect(detectEnvironment(env)).not.toHaveProperty("pipelineKey");
  expect(detectEnvironment({ ...env, TEAMCITY_BUILD_PROPERTIES_FILE: join(folder, "none") }).context.commit).toBe("c0ffee");
});

test("properties as Java writes them", () => {
  const text = "a = 1\n! no\n  b: two\\\n   three\nc\\ d=e\\tf\nu=\\u00e9\nempty\npath=C\\:\\\\x\n";
  expect([...parseProperties(text)]).toEqual([
    ["a", "1"],
    ["b", "twothree"],
    ["c d", "e\tf"],
    ["u", "é"],
    ["empty", ""],
    ["path", "C:\\x"],
  ]);
});

const result = (name: string, more: Partial<CaseResult> = {}): CaseResult => ({
  path: [name],
  ordinal: 0,
  status: "passed",
  duration_ms: 1.4,
  retries: 0,
  ...more,
});

async function told(report: RunReport): Promise<Message[]> {
  const lines: string[] = [];
  const session: Session = {
    env: {},
    token: undefined,
    name: "Shardwright",
    fetch: () => Promise.reject(new Error("there is no network in this")),
    write: (line) => void lines.push(line),
    now_ms: () => 0,
    signal: new AbortController().signal,
  };
  const published = await publish(teamcityProvider, publicationOf(report), session);
  expect(published.map(({ outcome }) => outcome)).toEqual(["done", "done"]);
  return messagesIn(lines.join("\n"));
}

test("every test is told once, between its start and its end, in its file's suite", async () => {
  const cases = [
    result("adds"),
    result("it's [odd]", {
      status: "failed",
      message: "no\nway",
      details: "at x",
      output: "##teamcity[testIgnored name='adds']",
    }),
    result("later", { status: "skipped", message: "todo" }),
  ];
  const messages = await told(reportFromCases({ name: "r", files: [{ file: "a.test.ts", cases }] }));
  expect(messages.map(({ name, attributes }) => [name, attributes["name"] ?? attributes["text"]])).toEqual([
    ["testSuiteStarted", "a.test.ts"],
    ["testStarted", "adds"],
    ["testFinished", "adds"],
    ["testStarted", "it's [odd]"],
    ["testStdOut", "it's [odd]"],
    ["testFailed", "it's [odd]"],
    ["testFinished", "it's [odd]"],
    ["testStarted", "later"],
    ["testIgnored", "later"],
    ["testFinished", "later"],
    ["testSuiteFinished", "a.test.ts"],
    ["buildStatus", "{build.status.text}; Shardwright: 1 of 3 tests failed"],
  ]);
  expect(messages.find(({ name }) => name === "testFailed")?.attributes).toMatchObject({ message: "no\nway", details: "at x" });
});

test("a run that is incomplete is a problem of the build, though no test failed", async () => {
  const report = reportFromCases({ name: "r", files: [{ file: "a.test.ts", cases: [result("adds")] }] });
  const lost = { ...report, verdict: "incomplete" as const, reason: "a file has no result" };
  const problem = (await told(lost)).find(({ name }) => name === "buildProblem");
  expect(problem?.attributes).toEqual({
    description: expect.stringContaining("a file has no result") as string,
    identity: "incompleteShardwright",
  });
  expect((await told(report)).map(({ name }) => name)).not.toContain("buildProblem");
});

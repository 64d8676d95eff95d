import { posix, resolve } from "node:path";
import { isInsideWorkspace, reasonOf, ShardwrightError } from "@shardwright/core";
import type { Discovery, DiscoveryRequest, Runner, RunnerSession, SessionOptions, TypedCommand } from "../runner.ts";
import { onlyCall } from "../command/one-call.ts";
import { selectFiles } from "../selection/select-files.ts";
import { coveragePartFolder } from "../coverage-parts.ts";
import { startMeasuring } from "../measuring/measuring.ts";
import { coverageOf, joinCoverage, measuredBy } from "./coverage.ts";
import { detectNodeTest } from "./detect.ts";
import { readNodeTestScript } from "./manifest-script.ts";
import { parseNodeLine, type NodeLine } from "./node-line.ts";
import { completeOptions, parseNodeTestOptions } from "./options.ts";
import { NodeTestSession } from "./session.ts";
import { defaultPatterns, findTestFiles } from "./test-files.ts";

/** The test runner that comes with Node, as `node --test` in the project's package.json uses it. */
export const nodeTestRunner: Runner = {
  name: "node-test",
  capabilities: {
    title: "node:test",
    streamsCases: true,
    warmProcess: true,
    selectsCases: true,
    splitsFiles: false,
    readsProjectConfiguration: true,
    reportsRetries: false,
    reportsLines: true,
    versions: "Node 24",
  },
  detect: detectNodeTest,
  discover,
  ordered: () => Promise.resolve("node:test runs each file in a process of its own"),
  typed: typedNodeTest,
  joinCoverage,
  open,
};

/** With the options of node and the variables of the project's own script. */
async function typedNodeTest(session: SessionOptions): Promise<TypedCommand> {
  const given = parseNodeTestOptions(session.options);
  const [script] = (await readNodeTestScript(resolve(session.workspace, session.directory)))?.calls ?? [];
  const { args } = given.args === undefined ? (script ?? parseNodeLine([])) : parseNodeLine(given.args);
  return { words: ["node", ...args], environment: given.environment ?? script?.environment ?? {} };
}

async function discover(request: DiscoveryRequest): Promise<Discovery> {
  const given = parseNodeTestOptions(request.options);
  const suite = resolve(request.workspace, request.directory);
  const { name = "", calls = [] } = (await readNodeTestScript(suite)) ?? {};
  const script = given.args === undefined ? onlyCall("node --test", name, calls) : calls[0];
  const line: NodeLine = given.args === undefined ? (script ?? parseNodeLine([])) : parseNodeLine(given.args);
  const environment = given.environment ?? script?.environment ?? {};
  const own = request.selection.patterns.length > 0 ? [] : await listOwn(suite, line);
  const chosen = await selectFiles(suite, own, request.selection);
  const files = chosen.map((file) => ({ file: posix.join(request.directory, file) }));
  for (const { file } of files)
    if (!isInsideWorkspace(file)) throw new ShardwrightError("path-outside-workspace", { path: file });
  const measured = coverageOf(request, given, line, calls);
  return {
    files,
    options: {
      args: line.args,
      environment,
      ...(given.coverage === false && { coverage: false }),
      ...measured.options,
    },
    ...(measured.options !== undefined && { keeps: [`${coveragePartFolder}/**`] }),
    notices: [...line.unmet.map(() => sharedProcessNotice), ...measured.notices],
  };
}

const sharedProcessNotice =
  "each file runs in a process of its own, although --test-isolation=none asks for one together: hooks and state of one file are not there in another.";

async function listOwn(suite: string, { args, patterns }: NodeLine): Promise<string[]> {
  const defaults = defaultPatterns(args);
  try {
    return await findTestFiles(suite, patterns.length > 0 ? patterns : defaults, defaults);
  } catch (error) {
    const reason = reasonOf(error);
    throw new ShardwrightError("discovery-failed", { framework: "node --test", directory: suite, reason }, { cause: error });
  }
}

/** Starts the first process at once, so that its start overlaps with the wait for work. */
async function open(session: SessionOptions): Promise<RunnerSession> {
  const given = parseNodeTestOptions(session.options);
  const tool = measuredBy(given);
  const options = completeOptions(given);
  const directory = resolve(session.workspace, session.directory);
  const environment = { ...session.environment, ...options.environment };
  return new NodeTestSession(session, options, tool && (await startMeasuring(tool, { directory, environment })));
}

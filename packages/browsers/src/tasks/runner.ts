import { isAbsolute, posix, resolve } from "node:path";
import { isInsideWorkspace, reasonOf, ShardwrightError } from "@shardwright/core";
import type { DiscoveredFile, Discovery, DiscoveryRequest, Runner, RunnerSession, SessionOptions } from "@shardwright/runners";
import { poolWatch } from "../pool/figures.ts";
import { listBrowserCases } from "./list-cases.ts";
import { parseBrowserOptions } from "./options.ts";
import { parseTestArguments } from "./task-arguments.ts";
import { detectBrowserTests, findBrowserTests, isBenchmark } from "./test-files.ts";

/** Tests and benchmarks that run in browsers: modules that drive pages, and pages that report by themselves. */
export const browserRunner: Runner = {
  name: "browser",
  capabilities: {
    title: "Browser tests",
    streamsCases: true,
    warmProcess: true,
    selectsCases: true,
    splitsFiles: true,
    readsProjectConfiguration: false,
    reportsRetries: false,
    reportsLines: false,
    takesBrowser: true,
    versions: "Chromium, Chrome, Edge, Firefox",
  },
  takesTestArguments: true,
  keeps: ["browser-test-results/**"],
  detect: detectBrowserTests,
  discover,
  listCases: listBrowserCases,
  browsers: () => poolWatch.figures(),
  open,
};

async function discover({ workspace, directory, selection, options }: DiscoveryRequest): Promise<Discovery> {
  const { args = [] } = parseBrowserOptions(options);
  const { browser, tags } = readArguments(args);
  const files = (await findBrowserTests(resolve(workspace, directory), selection)).map((name): DiscoveredFile => {
    const file = posix.join(directory, name);
    if (!isInsideWorkspace(file) || isAbsolute(file)) throw new ShardwrightError("path-outside-workspace", { path: file });
    const kind = isBenchmark(file) ? "benchmark" : "browser";
    return { file, args, tags, kind, ...(browser !== undefined && { browser, variant: browser }) };
  });
  return { files, options };
}

function readArguments(args: readonly string[]): ReturnType<typeof parseTestArguments> {
  try {
    return parseTestArguments(args);
  } catch (error) {
    throw new ShardwrightError("config-invalid", { problems: `--test-args: ${reasonOf(error)}` }, { cause: error });
  }
}

/** What drives browsers is loaded by whoever runs such tests, and by nobody else. */
async function open(session: SessionOptions): Promise<RunnerSession> {
  const options = parseBrowserOptions(session.options);
  const [{ BrowserSession }, { holdBrowsers }] = await Promise.all([import("./session.ts"), import("./leases.ts")]);
  return new BrowserSession(session, options, await holdBrowsers());
}

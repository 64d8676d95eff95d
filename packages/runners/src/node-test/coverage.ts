import { resolve } from "node:path";
import { joinByTool } from "../measuring/join.ts";
import { chooseCoverage, type CoverageTool } from "../measuring/tool.ts";
import type { CoverageOutcome, CoverageRequest, SessionOptions, Suite } from "../runner.ts";
import type { NodeLine, NodeTestScript } from "./node-line.ts";
import { type GivenOptions, parseNodeTestOptions } from "./options.ts";

const twoWaysNotice =
  "node's own options measure coverage as well as the tool in front of node: what they say of thresholds is not checked.";

/**
 * What of a suite's coverage is measured, as it is known where its files are listed.
 * @param line what the suite's options ask of node, or else the script
 * @param calls those of the script
 * @throws ShardwrightError `config-invalid`, `framework-missing`
 */
export function coverageOf(
  { workspace, directory, environment }: SessionOptions,
  given: GivenOptions,
  { coverage }: NodeLine,
  calls: readonly NodeTestScript[],
): { readonly options: Suite["options"] | undefined; readonly notices: readonly string[] } {
  const own: CoverageTool | undefined = coverage === undefined ? undefined : { name: "node", args: coverage };
  const around = calls.find(({ tool }) => tool !== undefined)?.tool;
  const isTold = given.args !== undefined;
  const { options, notice } = chooseCoverage({
    framework: "node-test",
    given,
    script: isTold ? (own ?? around) : (around ?? own),
    isTold: isTold && own === undefined,
    environment,
    directory: resolve(workspace, directory),
  });
  const areTwo = options !== undefined && !isTold && own !== undefined && around !== undefined;
  return { options, notices: [...(notice === undefined ? [] : [notice]), ...(areTwo ? [twoWaysNotice] : [])] };
}

/** @throws ShardwrightError `framework-missing`, `coverage-failed`; the signal's reason when it is aborted */
export function joinCoverage(request: CoverageRequest): Promise<CoverageOutcome> {
  const given = parseNodeTestOptions(request.options);
  const tool = measuredBy(given);
  if (tool === undefined) return Promise.resolve({ text: "", isJudged: false, problems: [] });
  return joinByTool(tool, { ...request, environment: { ...request.environment, ...given.environment } });
}

/** What measures the processes of a suite, where something does. */
export function measuredBy({ coverage, coverageTool }: GivenOptions): CoverageTool | undefined {
  return coverage === true ? coverageTool : undefined;
}

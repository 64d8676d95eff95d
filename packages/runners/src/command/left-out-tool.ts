import type { Discovery, DiscoveryRequest } from "../runner.ts";
import { measuringWords } from "./measuring-words.ts";
import { callsIn, commandsInPackages, readScripts } from "./scripts.ts";

/**
 * What is to be said where the script for a folder's tests has c8 or nyc in front of a framework that measures by itself: neither follows
 * the processes that we start.
 * @param folder of the suite, absolute
 * @param program of the framework: `jest`
 */
export async function leftOutTool(
  folder: string,
  program: string,
  { options, environment }: Pick<DiscoveryRequest, "options" | "environment">,
): Promise<Pick<Discovery, "notices">> {
  // What stands around our own command follows them.
  if (options["coverage"] === false || environment["NODE_V8_COVERAGE"] !== undefined) return {};
  const name = new RegExp(`(?:^|[\\\\/])${program}(?:\\.m?js|\\.cmd)?$`);
  const tools = callsIn("test", new Map(await readScripts(folder)), (command) => {
    const { tool, end } = measuringWords(command) ?? {};
    return command.slice(end).some((word) => name.test(word)) ? tool : undefined;
  });
  const [tool] = tools;
  if (tool === undefined) return {};
  const notice = `${tool.name}, which the script ‘test’ has in front of ${program}, is left out: the coverage is not measured by it, nor held against its thresholds. docs/coverage.md says how to measure.`;
  return { notices: [notice] };
}

/** What is to be said where the script for a folder's tests has c8 or nyc around those of its packages, which are suites of their own here. */
export async function toolAroundPackages(folder: string): Promise<string[]> {
  const tools = (await commandsInPackages(folder)).flatMap((command) => measuringWords(command)?.tool ?? []);
  const [tool] = tools;
  if (tool === undefined) return [];
  return [
    `${tool.name}, which the script ‘test’ has around the tests of packages, does not measure them here, nor holds it anything against its thresholds, unless it stands around this command: docs/coverage.md says how to measure.`,
  ];
}

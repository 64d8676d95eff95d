import type { Finding } from "./gpus.ts";
import { probe } from "./probe.ts";

interface Tool {
  readonly tag: string;
  readonly commands: readonly string[];
  readonly args: readonly string[];
}

const tools: readonly Tool[] = [
  { tag: "node", commands: ["node"], args: ["--version"] },
  { tag: "python", commands: ["python3", "python"], args: ["--version"] },
  { tag: "go", commands: ["go"], args: ["version"] },
];

/** Which of the tools that tests ask for are on the PATH, and their versions. */
export async function findTools(): Promise<Finding[]> {
  return Promise.all(tools.map(findTool));
}

async function findTool(tool: Tool): Promise<Finding> {
  for (const command of tool.commands) {
    const said = await probe(command, tool.args);
    const version = said === undefined ? undefined : /\d+(?:\.\d+)+\S*/.exec(said)?.[0];
    if (version !== undefined) return { tags: [tool.tag], details: { [tool.tag]: version.slice(0, 64) } };
  }
  return { tags: [], details: {} };
}

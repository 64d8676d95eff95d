import { extname, resolve } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import { askProcess, type ListedCase, type ListRequest } from "@shardwright/runners";
import { z } from "zod";
import { hostCommand } from "./host-command.ts";
import { parseBrowserOptions } from "./options.ts";

const answerSchema = z.object({ type: z.literal("listed"), cases: z.array(z.object({ path: z.array(z.string()).min(1) })) });

/**
 * The cases that a test module defines, without a browser: it is loaded, and nothing of it is run. A page tells its cases only when it runs.
 * @throws ShardwrightError `discovery-failed`
 */
export async function listBrowserCases(request: ListRequest): Promise<readonly ListedCase[]> {
  const { file, signal, workspace, directory } = request;
  if (extname(file) === ".html")
    throw new ShardwrightError("discovery-failed", {
      framework: "browser",
      directory: resolve(workspace, directory),
      reason: `${file} is a page, which tells its cases only when it runs.`,
    });
  const command = hostCommand(request, parseBrowserOptions(request.options), file);
  const { cases } = await askProcess({ command, answerSchema, framework: "browser", signal });
  return cases;
}

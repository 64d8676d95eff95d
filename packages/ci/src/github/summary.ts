import { appendFile, stat } from "node:fs/promises";
import { formatBytes } from "@shardwright/core";
import type { Channel } from "../publishing/channel.ts";

/** GitHub drops the summary of a step as a whole when it is larger. */
const limit_bytes = 1024 * 1024;
/** What a step may still want to write after this. */
const slack_bytes = 16 * 1024;
/** With less room there is nothing to be said. */
const least_bytes = 4096;

/** The page of the job. */
export const githubSummary: Channel = {
  name: "summary",
  title: "job summary",
  limits: "1 MiB a step",
  unavailable: ({ env }) => (env.GITHUB_STEP_SUMMARY ? undefined : "GITHUB_STEP_SUMMARY is not set"),
  async publish({ markdown }, { env }) {
    const path = env.GITHUB_STEP_SUMMARY ?? "";
    const there_bytes = await sizeOf(path);
    const room_bytes = limit_bytes - slack_bytes - there_bytes;
    if (room_bytes < least_bytes)
      return `nothing was written: of the 1 MiB that GitHub takes, this step has already written ${formatBytes(there_bytes)}`;
    await appendFile(path, `${there_bytes > 0 ? "\n" : ""}${markdown({ bytes: room_bytes - 2 })}\n`);
    return undefined;
  },
};

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

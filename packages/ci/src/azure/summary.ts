import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Channel } from "../publishing/channel.ts";
import { azureCommand } from "./command.ts";
import { azureFileName } from "./file-name.ts";

/** Not documented: more makes the page slow. */
const summaryLimit_bytes = 512 * 1024;

/** A section of the build's page “Extensions”, which bears the file's name. */
export const summaryChannel: Channel = {
  name: "summary",
  title: "summary of the build",
  limits: "512 KiB",
  unavailable: () => undefined,
  async publish(publication, { env, name, write }) {
    // The agent reads the file some time later, and empties this folder when the job has ended.
    const folder = join(env.AGENT_TEMPDIRECTORY || tmpdir(), `shardwright-${randomBytes(6).toString("hex")}`);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${azureFileName(name, "Shardwright")}.md`);
    writeFileSync(path, publication.markdown({ bytes: summaryLimit_bytes }));
    write(azureCommand("task.uploadsummary", {}, path));
    return undefined;
  },
};

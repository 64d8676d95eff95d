import { createHash } from "node:crypto";
import { appendFile, mkdir, readdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { isAlive } from "./is-alive.ts";

let opened = 0;

/** The time in which one attempt runs in a workspace. */
export interface Window {
  /** Ends it. @returns whether another attempt ran in the workspace meanwhile, even for a part of the time */
  close(): Promise<boolean>;
}

/**
 * Opens a window in a workspace. Whoever opens one marks all that are open, so that those know: also between the processes of a
 * machine, by small files in the temporary folder.
 */
export async function openWindow(workspace: string): Promise<Window> {
  const folder = await folderFor(workspace);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  opened += 1;
  const own = `${process.pid}-${opened}`;
  const path = join(folder, own);
  await writeFile(path, "");
  let isShared = false;
  for (const name of await readdir(folder)) {
    if (name === own) continue;
    const other = join(folder, name);
    if (!isAlive(Number(name.split("-")[0]))) await rm(other, { force: true });
    else {
      isShared = true;
      // One that has ended meanwhile must not come back: the file is written only if it is there.
      await appendFile(other, "x", { flag: "r+" }).catch(() => {});
    }
  }
  return {
    async close() {
      const marked = await stat(path).catch(() => undefined);
      await rm(path, { force: true });
      return isShared || marked === undefined || marked.size > 0;
    },
  };
}

async function folderFor(workspace: string): Promise<string> {
  const hash = createHash("sha256")
    .update(await realpath(workspace))
    .digest("hex");
  const user = process.getuid?.() ?? userInfo().username;
  return join(tmpdir(), `shardwright-windows-${user}`, hash.slice(0, 32));
}

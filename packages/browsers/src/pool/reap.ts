import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { browsersRoot, isOurRoot, markVariable, ownerOf, removeBrowserFolder, removeFolder } from "./folders.ts";
import { numberSpace, pids, processIdentity, variableOf } from "./processes.ts";

/** What was left by pools whose process is gone. */
export interface Reaped {
  readonly processes: number;
  readonly folders: number;
}

const nameParts = /^(\d+)-(\d+)-\w+$/;

/**
 * Ends the browsers, and removes the folders, of pools whose process is gone, as after `kill -9`; never those of one that is there, nor of
 * one in a container that shares our folder of temporary files. Processes are found on Linux alone; elsewhere they end with their owner.
 */
export async function reapBrowsers(): Promise<Reaped> {
  const gone = ownersGone(await numberSpace());
  const marked = process.platform === "linux" ? await Promise.all((await pids()).map(markOf)) : [];
  let processes = 0;
  for (const { pid, mark } of marked.filter((each) => each !== undefined)) {
    // Its number may be another's by now: what has the mark still is the one.
    if (!(await gone(ownerOf(mark))) || (await variableOf(pid, markVariable)) !== mark) continue;
    try {
      process.kill(pid, "SIGKILL");
      processes += 1;
    } catch {
      // It has just ended by itself.
    }
  }
  let folders = 0;
  for (const owner of (await isOurRoot()) ? await readdir(browsersRoot()) : []) {
    if (!(await gone(owner))) continue;
    const path = join(browsersRoot(), owner);
    for (const instance of await readdir(path).catch(() => [])) {
      await removeBrowserFolder(join(path, instance));
      folders += 1;
    }
    await removeFolder(path);
  }
  return { processes, folders };
}

async function markOf(pid: number): Promise<{ pid: number; mark: string } | undefined> {
  const mark = await variableOf(pid, markVariable);
  return mark === undefined ? undefined : { pid, mark };
}

/** Remembers what it has found out: a browser has many processes. */
function ownersGone(space: string): (owner: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  const isGone = async (owner: string): Promise<boolean> => {
    const [, ownSpace, pid] = nameParts.exec(owner) ?? [];
    if (ownSpace !== space || pid === undefined) return false;
    const identity = await processIdentity(Number(pid));
    if (process.platform !== "win32") return identity !== owner;
    return !isThere(Number(pid));
  };
  return (owner) => {
    const answer = known.get(owner) ?? isGone(owner);
    known.set(owner, answer);
    return answer;
  };
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

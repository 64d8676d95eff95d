import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";

/** Processes whose environment has the mark of a browser that begins so; on Linux. */
export function markedProcesses(begin: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => textOf(`/proc/${pid}/environ`).includes(`SHARDWRIGHT_BROWSER=${begin}`));
}

/** The one of these that started the others. */
export function mainProcess(pids: readonly number[]): number {
  const main = pids.find((pid) => !/--type=|-contentproc|-crashReport|forkserver/.test(commandOf(pid)));
  if (main === undefined) throw new Error(`none of ${pids.length} processes is a browser's main one`);
  return main;
}

/** A process and all that it started, as far as they are there; Chromium's helpers do not show their environment. */
export function processTree(root: number): number[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name): [number, number] => {
        const stat = textOf(`/proc/${name}/stat`);
        return [Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])];
      }),
  );
  const tree = [root];
  for (const each of tree) for (const [pid, parent] of parents) if (parent === each) tree.push(pid);
  return tree;
}

export function areThere(pids: readonly number[]): number[] {
  return pids.filter((pid) => !/^(?:|.*\) [ZX] .*)$/s.test(textOf(`/proc/${pid}/stat`)));
}

/** Those whose command line has this. */
export function processesWith(pids: readonly number[], word: RegExp): number[] {
  return pids.filter((pid) => word.test(commandOf(pid)));
}

/** Profiles of Playwright's that lie in the folder of temporary files. */
export function profiles(): string[] {
  return readdirSync(tmpdir()).filter((name) => /^playwright_[a-z]+dev_profile-|^playwright-artifacts-/.test(name));
}

function commandOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

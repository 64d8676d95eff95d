import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";

/** A process in the table, and its parent. */
interface Entry {
  readonly pid: number;
  readonly parent: number;
  /** Where the table says it, as `ps` does. */
  readonly memory_bytes?: number;
}

const psTimeout_ms = 5000;
const psLimit_bytes = 16 * 1024 ** 2;

/**
 * What each of these processes uses, with all that it started: on Linux the share of each page that is its own (PSS), where it is told; on
 * other systems with `ps` what is resident, which counts shared pages more than once. Elsewhere undefined.
 */
export async function memoryOfTrees(roots: readonly number[]): Promise<ReadonlyMap<number, number> | undefined> {
  if (roots.length === 0) return new Map();
  const table = await processTable();
  if (table === undefined) return undefined;
  const children = Map.groupBy(table, ({ parent }) => parent);
  const measured = roots.map(async (root): Promise<[number, number]> => {
    const tree = treeOf(root, table, children);
    const each = await Promise.all(tree.map(async ({ pid, memory_bytes }) => memory_bytes ?? memoryOf(pid)));
    return [root, each.reduce((sum, bytes) => sum + bytes, 0)];
  });
  return new Map((await Promise.all(measured)).filter(([, bytes]) => bytes > 0));
}

function treeOf(root: number, table: readonly Entry[], children: ReadonlyMap<number, readonly Entry[]>): Entry[] {
  const tree = table.filter(({ pid }) => pid === root);
  // Grows as it is walked; a table that was read while it changed may name a process twice.
  const known = new Set([root]);
  for (const { pid } of tree)
    for (const child of children.get(pid) ?? [])
      if (!known.has(child.pid)) {
        known.add(child.pid);
        tree.push(child);
      }
  return tree;
}

async function processTable(): Promise<readonly Entry[] | undefined> {
  if (process.platform === "win32") return undefined;
  if (process.platform !== "linux") return tableByPs();
  const entries = await Promise.all(
    (await pids()).map(async (pid) => {
      const fields = await statOf(pid);
      return fields === undefined ? undefined : { pid, parent: Number(fields[1]) };
    }),
  );
  return entries.filter((entry) => entry !== undefined);
}

async function tableByPs(): Promise<readonly Entry[] | undefined> {
  try {
    const options = { timeout: psTimeout_ms, maxBuffer: psLimit_bytes };
    const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,ppid=,rss="], options);
    return [...stdout.matchAll(/^\s*(\d+)\s+(\d+)\s+(\d+)\s*$/gm)].map(([, pid, parent, rss]) => ({
      pid: Number(pid),
      parent: Number(parent),
      memory_bytes: Number(rss) * 1024,
    }));
  } catch {
    return undefined;
  }
}

/** All processes that Linux shows. */
export async function pids(): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** The fields of a process after its name, from its state on: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function statOf(pid: number): Promise<string[] | undefined> {
  const text = await textOf(`/proc/${pid}/stat`);
  // The name may hold anything, brackets and spaces as well.
  return text === "" ? undefined : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/**
 * Whether anything of a process group still runs. What has ended and was not waited for is there in name only: where a container's first
 * process does not do that, for ever. Where nobody tells the two apart, both count.
 */
export async function runsInGroup(group: number): Promise<boolean> {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  const states = await Promise.all(
    (await pids()).map(async (pid) => {
      const [state = "X", , itsGroup] = (await statOf(pid)) ?? [];
      return Number(itsGroup) === group ? state : "X";
    }),
  );
  return states.some((state) => !hasEnded(state));
}

function hasEnded(state: string | undefined): boolean {
  return state === "Z" || state === "X";
}

async function memoryOf(pid: number): Promise<number> {
  const text = await textOf(`/proc/${pid}/smaps_rollup`);
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? /^VmRSS:\s+(\d+) kB/m.exec(await textOf(`/proc/${pid}/status`))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/**
 * Tells a process from any other that has or had its number: by when it began, and on Linux by whose numbers they are, as containers have
 * their own. Undefined for one that is gone, and where nobody tells.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform === "linux") {
    const fields = await statOf(pid);
    // One that has ended and was not waited for is there in name only.
    if (fields === undefined || hasEnded(fields[0])) return undefined;
    return `${await numberSpace()}-${pid}-${fields[19] ?? ""}`;
  }
  if (process.platform === "win32") return undefined;
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)], {
      timeout: psTimeout_ms,
      env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
    });
    const begun = stdout.replaceAll(/\W+/g, "");
    return begun === "" ? undefined : `0-${pid}-${begun}`;
  } catch {
    return undefined;
  }
}

/** Which table of process numbers is ours. */
export async function numberSpace(): Promise<string> {
  if (process.platform !== "linux") return "0";
  return /\d+/.exec(await readlink("/proc/self/ns/pid").catch(() => ""))?.[0] ?? "0";
}

/** The value of a variable in the environment a process was started with; undefined where it has none, or may not be read. */
export async function variableOf(pid: number, name: string): Promise<string | undefined> {
  const text = await textOf(`/proc/${pid}/environ`);
  return text
    .split("\0")
    .find((entry) => entry.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "latin1").catch(() => "");
}

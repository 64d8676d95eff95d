import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";

/** What the state directory takes, and what is left. */
export interface DiskUse {
  readonly free_bytes: number;
  readonly size_bytes: number;
  readonly ledger_bytes: number;
  readonly tables_bytes: number;
  readonly snapshots_bytes: number;
}

/** Looks at a few files; blobs count themselves. What cannot be looked at counts as nothing. */
export async function diskUseOf(stateDir: string): Promise<DiskUse> {
  const [room, ledger_bytes, tables_bytes, snapshots_bytes] = await Promise.all([
    statfs(stateDir).catch(() => undefined),
    sizeOf(stateDir, (name) => name.startsWith("ledger.db")),
    sizeOf(stateDir, (name) => name.startsWith("state.db")),
    sizeOf(join(stateDir, "snapshots"), () => true),
  ]);
  const { bavail = 0, blocks = 0, bsize = 0 } = room ?? {};
  return { free_bytes: bavail * bsize, size_bytes: blocks * bsize, ledger_bytes, tables_bytes, snapshots_bytes };
}

async function sizeOf(directory: string, counts: (name: string) => boolean): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = names.filter(counts).map(async (name) => {
    const found = await stat(join(directory, name)).catch(() => undefined);
    return found?.size ?? 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

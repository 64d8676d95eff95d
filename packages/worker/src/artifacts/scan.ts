import type { Stats } from "node:fs";

/** What is never anybody's artifact, and costs a walk. */
const ignored = ["**/node_modules/**", "**/.git/**", "**/.shardwright/**"];
/** Files looked at for one attempt: a glob that matches more is not meant for artifacts. */
export const scanLimit = 50_000;

export interface Found {
  /** Path relative to the folder, with forward slashes; what it is, and which version of it. */
  readonly files: ReadonlyMap<string, Stats>;
  /** There are more than were looked at. */
  readonly isCut: boolean;
}

/** What lies below a folder and matches, whatever it is but a folder. Links are not followed. Folders that cannot be read are left out. */
export async function scan(folder: string, globs: readonly string[]): Promise<Found> {
  // Loaded here and not above: most suites keep no artifacts.
  const { default: fastGlob } = await import("fast-glob");
  const files = new Map<string, Stats>();
  const stream = fastGlob.globStream(
    globs.map((glob) => glob.replaceAll("\\", "/").replace(/^(?:\.\/)+/, "")),
    {
      cwd: folder,
      ignore: ignored,
      dot: true,
      onlyFiles: false,
      stats: true,
      followSymbolicLinks: false,
      suppressErrors: true,
      unique: true,
    },
  );
  for await (const entry of stream as AsyncIterable<unknown>) {
    const { path, stats } = entry as { path: string; stats?: Stats };
    if (stats === undefined || stats.isDirectory()) continue;
    if (files.size >= scanLimit) return { files, isCut: true };
    files.set(path, stats);
  }
  return { files, isCut: false };
}

/** Created or written to between the two looks. */
export function isChanged(before: Stats | undefined, after: Stats): boolean {
  return (
    before === undefined ||
    before.ino !== after.ino ||
    before.size !== after.size ||
    before.mtimeMs !== after.mtimeMs ||
    before.ctimeMs !== after.ctimeMs
  );
}

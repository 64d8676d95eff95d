import { reasonOf, ShardwrightError } from "@shardwright/core";
import { makeFolders } from "./make-folders.ts";

/** Codes by which a file system says that something else is where a folder should be. */
const inTheWay = new Set(["EEXIST", "ENOTDIR"]);

/**
 * Makes the folder of a coordinator's state, readable by its owner alone.
 * @returns the path
 * @throws ShardwrightError `usage` when a file is in its way; what else the file system says
 */
export function requireStateDir(path: string): string {
  try {
    makeFolders(path, 0o700);
    return path;
  } catch (error) {
    if (!inTheWay.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    throw new ShardwrightError(
      "usage",
      {
        problem: `The coordinator's state cannot be kept in ${path}: ${reasonOf(error)}`,
        remedy: "Name a folder with --state-dir, or remove the file that is in the way.",
      },
      { cause: error },
    );
  }
}

import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { reasonOf } from "@shardwright/core";
import { WorkspaceProblem } from "./problem.ts";

/**
 * Finds a folder that is on this machine already, and the suite's folder in it.
 * @param roots only folders within these are used; any where absent
 * @throws WorkspaceProblem
 */
export async function findDirectory(path: string, suite: string, roots: readonly string[] | undefined): Promise<void> {
  const problem = (message: string) => new WorkspaceProblem("setup-error", message);
  try {
    if (!(await stat(path)).isDirectory()) throw problem(`The workspace ${path} is not a folder on this worker.`);
  } catch (error) {
    if (error instanceof WorkspaceProblem) throw error;
    throw problem(
      `The workspace ${path} cannot be used on this worker: ${reasonOf(error)}. Is the disk shared with it? Else submit with --workspace bundle or git.`,
    );
  }
  await findSuite(path, suite);
  // Links are followed first: a link inside a permitted folder may lead out of it.
  if (roots !== undefined && !(await isWithin([path, join(path, suite)], roots)))
    throw problem(`The workspace ${path} is outside the folders this worker may use (${roots.join(", ")}).`);
}

/** @throws WorkspaceProblem when the suite's folder is not there */
export async function findSuite(path: string, suite: string): Promise<void> {
  const kind = await stat(join(path, suite)).catch((error: unknown) => {
    throw new WorkspaceProblem(
      "setup-error",
      `The suite's folder ${suite} in ${path} cannot be used on this worker: ${reasonOf(error)}.`,
    );
  });
  if (!kind.isDirectory()) throw new WorkspaceProblem("setup-error", `The suite's folder ${suite} in ${path} is not a folder.`);
}

async function isWithin(paths: readonly string[], roots: readonly string[]): Promise<boolean> {
  const real = await Promise.all(paths.map((path) => realpath(path)));
  const permitted = await Promise.all(roots.map((root) => realpath(root)));
  return real.every((path) => permitted.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)));
}

import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { reasonOf, type Suite, type Workspace } from "@shardwright/core";

/**
 * Finds the workspace and the suite's folder in it on this machine.
 * @returns the workspace's absolute path, or what is wrong in words for the test's author.
 */
export async function locateWorkspace(
  workspace: Workspace,
  suite: Pick<Suite, "directory">,
  roots: readonly string[] | undefined,
): Promise<{ path: string } | { problem: string }> {
  const { path } = workspace;
  try {
    if (!(await stat(path)).isDirectory()) return { problem: `The workspace ${path} is not a folder on this worker.` };
  } catch (error) {
    return { problem: `The workspace ${path} cannot be used on this worker: ${reasonOf(error)}. Is the disk shared with it?` };
  }
  const folder = join(path, suite.directory);
  try {
    if (!(await stat(folder)).isDirectory())
      return { problem: `The suite's folder ${suite.directory} in ${path} is not a folder.` };
    // Links are followed first: a link inside a permitted folder may lead out of it.
    if (roots !== undefined && !(await isWithin([path, folder], roots)))
      return { problem: `The workspace ${path} is outside the folders this worker may use (${roots.join(", ")}).` };
  } catch (error) {
    return { problem: `The suite's folder ${suite.directory} in ${path} cannot be used on this worker: ${reasonOf(error)}.` };
  }
  return { path };
}

async function isWithin(paths: readonly string[], roots: readonly string[]): Promise<boolean> {
  const real = await Promise.all(paths.map((path) => realpath(path)));
  const permitted = await Promise.all(roots.map((root) => realpath(root)));
  return real.every((path) => permitted.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)));
}

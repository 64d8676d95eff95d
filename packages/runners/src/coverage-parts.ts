import { isAbsolute, relative, resolve, sep } from "node:path";

// Imports no more than that: each warm process reads it.

/**
 * Where an attempt leaves what its tests covered, below the folder of its artifacts, for its runner to join; its suite has the option
 * `coverage`.
 */
export const coveragePartFolder = "coverage-part";
export const coveragePartFile = "coverage.json.gz";

/** How long a framework may take for its report: files that no test has loaded are transformed for it, and thousands take minutes. */
export const joiningTimeout_ms = 60 * 60_000;

/** What a path of the workspace begins with in a part: another machine may have the workspace elsewhere. */
const moved = "workspace:";

/** As a part names a path; one that is relative, or outside of the workspace, stays as it is. */
export function partPath(path: string, workspace: string): string {
  if (!isAbsolute(path)) return path;
  const inside = relative(workspace, path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : `${moved}${inside.split(sep).join("/")}`;
}

/** What a part calls so, on this machine. */
export function placedPath(path: string, workspace: string): string {
  return path.startsWith(moved) ? resolve(workspace, path.slice(moved.length)) : path;
}

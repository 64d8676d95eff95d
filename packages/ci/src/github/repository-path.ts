import { isAbsolute, relative, sep } from "node:path";
import type { Session } from "../publishing/channel.ts";

/** Makes of a report's paths such as GitHub takes, which begin at the repository. */
export function repositoryPaths({ env, workspace }: Pick<Session, "env" | "workspace">): (path: string) => string {
  const root = env.GITHUB_WORKSPACE;
  if (root === undefined || root === "" || workspace === undefined) return (path) => path;
  const inside = relative(root, workspace);
  // A workspace elsewhere was checked out by other means, and may be the repository itself.
  if (inside === "" || inside.startsWith("..") || isAbsolute(inside)) return (path) => path;
  const prefix = inside.split(sep).join("/");
  return (path) => `${prefix}/${path}`;
}

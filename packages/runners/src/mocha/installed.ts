import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { reasonOf, ShardwrightError } from "@shardwright/core";

const oldestMajor = 10;

/**
 * The folder of the mocha that a suite's folder resolves to.
 * @throws ShardwrightError `framework-missing`
 */
export function requireMocha(directory: string): string {
  const { root, version } = findInstalled(directory);
  if (Number.parseInt(version, 10) >= oldestMajor) return root;
  throw new ShardwrightError("framework-missing", {
    framework: `mocha ${oldestMajor} or newer`,
    directory,
    reason: `version ${version} is there`,
    remedy: "Upgrade it: `npm install --save-dev mocha@latest`.",
  });
}

function findInstalled(directory: string): { root: string; version: string } {
  try {
    const path = manifestPath(directory);
    const { version } = JSON.parse(readFileSync(path, "utf8")) as { version?: unknown };
    if (typeof version === "string") return { root: dirname(path), version };
    throw new Error(`${path} names no version`);
  } catch (error) {
    const reason = reasonOf(error).split("\n")[0] ?? "";
    const remedy = "Install it: `npm install --save-dev mocha`.";
    throw new ShardwrightError("framework-missing", { framework: "mocha", directory, reason, remedy }, { cause: error });
  }
}

export function resolvesMocha(directory: string): boolean {
  try {
    manifestPath(directory);
    return true;
  } catch {
    return false;
  }
}

/** As an import in that folder would find it: what our own process has on its NODE_PATH is not the project's. */
function manifestPath(directory: string): string {
  const path = findPackageJSON("mocha", join(directory, "package.json"));
  if (path === undefined) throw new Error("no package of that name is there");
  return path;
}

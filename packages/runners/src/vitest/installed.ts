import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { join } from "node:path";
import { reasonOf, ShardwrightError } from "@shardwright/core";

const oldestMajor = 3;
const remedy = "Install it: `npm install --save-dev vitest`.";

/**
 * The version of the vitest that a suite's folder resolves to.
 * @throws ShardwrightError `framework-missing`
 */
export async function requireVitest(directory: string): Promise<string> {
  const version = await installedVersion(directory);
  if (Number.parseInt(version, 10) >= oldestMajor) return version;
  throw new ShardwrightError("framework-missing", {
    framework: `vitest ${oldestMajor} or newer`,
    directory,
    reason: `version ${version} is there`,
    remedy: "Upgrade it: `npm install --save-dev vitest@latest`.",
  });
}

async function installedVersion(directory: string): Promise<string> {
  try {
    const path = manifestPath(directory);
    const { version } = JSON.parse(await readFile(path, "utf8")) as { version?: unknown };
    if (typeof version === "string") return version;
    throw new Error(`${path} names no version`);
  } catch (error) {
    const reason = reasonOf(error).split("\n")[0] ?? "";
    throw new ShardwrightError("framework-missing", { framework: "vitest", directory, reason, remedy }, { cause: error });
  }
}

export function resolvesVitest(directory: string): boolean {
  try {
    manifestPath(directory);
    return true;
  } catch {
    return false;
  }
}

/** As an import in that folder would find it: what our own process has on its NODE_PATH is not the project's. */
function manifestPath(directory: string): string {
  const path = findPackageJSON("vitest", join(directory, "package.json"));
  if (path === undefined) throw new Error("no package of that name is there");
  return path;
}

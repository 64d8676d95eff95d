import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { join } from "node:path";
import { reasonOf, ShardwrightError } from "@shardwright/core";

const oldestMajor = 29;
const remedy = "Install it: `npm install --save-dev jest`.";

/**
 * The version of the jest that a suite's folder resolves to.
 * @throws ShardwrightError `framework-missing`
 */
export async function requireJest(directory: string): Promise<string> {
  const version = await installedVersion(directory);
  if (Number.parseInt(version, 10) >= oldestMajor) return version;
  throw new ShardwrightError("framework-missing", {
    framework: `jest ${oldestMajor} or newer`,
    directory,
    reason: `version ${version} is there`,
    remedy: "Upgrade it: `npm install --save-dev jest@latest`.",
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
    throw new ShardwrightError("framework-missing", { framework: "jest", directory, reason, remedy }, { cause: error });
  }
}

export function resolvesJest(directory: string): boolean {
  try {
    manifestPath(directory);
    return true;
  } catch {
    return false;
  }
}

/** As an import in that folder would find it; whoever has only jest's command line has its other half, too. */
function manifestPath(directory: string): string {
  for (const name of ["jest", "jest-cli"]) {
    const path = found(name, directory);
    if (path !== undefined) return path;
  }
  throw new Error("no package of that name is there");
}

function found(name: string, directory: string): string | undefined {
  try {
    return findPackageJSON(name, join(directory, "package.json"));
  } catch {
    // Not there: the other name may be.
    return undefined;
  }
}

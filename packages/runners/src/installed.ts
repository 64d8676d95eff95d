import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { reasonOf, ShardwrightError } from "@shardwright/core";

/** A framework that a project brings along, as one of its packages. */
export interface NpmFramework {
  /** As people call it. */
  readonly name: string;
  /** What one installs. */
  readonly installs: string;
  /** The oldest that its host knows: major, and minor where that matters. */
  readonly oldest: readonly [major: number, minor?: number];
  /** Where the manifest of the package lies whose version counts, as an import in that folder would find it; it may throw. */
  readonly manifest: (directory: string) => string | undefined;
}

/** As an import in that folder would find it: what our own process has on its NODE_PATH is not the project's. */
export function manifestOf(name: string, directory: string): string | undefined {
  return findPackageJSON(name, join(directory, "package.json"));
}

/**
 * The folder of the package that a suite's folder resolves to.
 * @throws ShardwrightError `framework-missing`
 */
export function requireFramework(framework: NpmFramework, directory: string): string {
  const { name, installs, oldest } = framework;
  const { root, version } = installed(framework, directory);
  const [leastMajor, leastMinor = 0] = oldest;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return root;
  throw new ShardwrightError("framework-missing", {
    framework: `${name} ${oldest.join(".")} or newer`,
    directory,
    reason: `version ${version} is there`,
    remedy: `Upgrade it: \`npm install --save-dev ${installs}@latest\`.`,
  });
}

export function resolvesFramework({ manifest }: NpmFramework, directory: string): boolean {
  try {
    return manifest(directory) !== undefined;
  } catch {
    // What cannot be looked up is not there.
    return false;
  }
}

function installed({ name, installs, manifest }: NpmFramework, directory: string): { root: string; version: string } {
  try {
    const path = manifest(directory);
    if (path === undefined) throw new Error("no package of that name is there");
    const { version } = JSON.parse(readFileSync(path, "utf8")) as { version?: unknown };
    if (typeof version === "string") return { root: dirname(path), version };
    throw new Error(`${path} names no version`);
  } catch (error) {
    const reason = reasonOf(error).split("\n")[0] ?? "";
    const remedy = `Install it: \`npm install --save-dev ${installs}\`.`;
    throw new ShardwrightError("framework-missing", { framework: name, directory, reason, remedy }, { cause: error });
  }
}

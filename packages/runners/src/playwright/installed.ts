import { realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { reasonOf, ShardwrightError } from "@shardwright/core";

/** The oldest whose inner modules the host knows, major and minor. */
const oldest = [1, 57] as const;
const framework = "Playwright Test";
const remedy = "Install it: `npm install --save-dev @playwright/test`.";

/**
 * The folder of the `playwright` package that runs the tests of a suite's folder.
 * @throws ShardwrightError `framework-missing`
 */
export async function requirePlaywright(directory: string): Promise<string> {
  let path: string;
  let version: unknown;
  try {
    path = manifestPath(directory);
    ({ version } = JSON.parse(await readFile(path, "utf8")) as { version?: unknown });
  } catch (error) {
    const reason = reasonOf(error).split("\n")[0] ?? "";
    throw new ShardwrightError("framework-missing", { framework, directory, reason, remedy }, { cause: error });
  }
  const [major = 0, minor = 0] = String(version).split(".").map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return dirname(path);
  throw new ShardwrightError("framework-missing", {
    framework: `${framework} ${oldest.join(".")} or newer`,
    directory,
    reason: `version ${String(version)} is there`,
    remedy: "Upgrade it: `npm install --save-dev @playwright/test@latest`.",
  });
}

export function resolvesPlaywright(directory: string): boolean {
  try {
    manifestPath(directory);
    return true;
  } catch {
    return false;
  }
}

/** As an import in that folder would find it: `@playwright/test` is a face of `playwright`, which projects can also use by itself. */
function manifestPath(directory: string): string {
  const from = join(directory, "package.json");
  const face = find("@playwright/test", from);
  const path = find("playwright", face ?? from);
  if (path === undefined) throw new Error("no package of the name @playwright/test is there");
  return path;
}

function find(name: string, from: string): string | undefined {
  try {
    // From where a link leads to: what the package itself needs lies beside it there.
    const path = findPackageJSON(name, from);
    return path === undefined ? undefined : realpathSync(path);
  } catch {
    return undefined;
  }
}

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SuiteLocation } from "../runner.ts";
import { resolvesFramework } from "../installed.ts";
import { vitestPackage } from "./installed.ts";

const configuration = /^vitest(?:\.[\w-]+)?\.(?:config|workspace)\.[cm]?[jt]s$|^vitest\.workspace\.json$/;
const viteConfiguration = /^vite(?:\.[\w-]+)?\.config\.[cm]?[jt]s$/;

/** A configuration for vitest, or a script that calls it, in a folder where vitest is a dependency or can be found. */
export async function detectVitest({ workspace, directory }: SuiteLocation): Promise<string | undefined> {
  const folder = join(workspace, directory);
  const names = (await readdir(folder).catch(() => [])).sort((left, right) => (left < right ? -1 : 1));
  const manifest = names.includes("package.json") ? await readText(join(folder, "package.json")) : "";
  const sign = (await configurationIn(folder, names)) ?? scriptIn(manifest);
  if (sign === undefined) return undefined;
  return /"vitest"\s*:/.test(manifest) || resolvesFramework(vitestPackage, folder) ? sign : undefined;
}

async function configurationIn(folder: string, names: readonly string[]): Promise<string | undefined> {
  const own = names.find((name) => configuration.test(name));
  if (own !== undefined) return own;
  for (const name of names.filter((name) => viteConfiguration.test(name)))
    if (/\btest\s*:|["']vitest\/config["']/.test(await readText(join(folder, name)))) return `the test key of ${name}`;
  return undefined;
}

function scriptIn(manifest: string): string | undefined {
  try {
    const { scripts } = JSON.parse(manifest) as { scripts?: Record<string, unknown> };
    const name = Object.entries(scripts ?? {}).find(([, script]) => /(?:^|[\s;&|])vitest(?:$|\s)/.test(String(script)))?.[0];
    return name === undefined ? undefined : `the script ‘${name}’ of package.json`;
  } catch {
    // No manifest, or one that npm could not read either: no sign of vitest.
    return undefined;
  }
}

function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

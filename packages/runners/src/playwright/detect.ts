import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SuiteLocation } from "../runner.ts";
import { resolvesFramework } from "../installed.ts";
import { playwrightPackage } from "./installed.ts";
import { configurationFile } from "./manifest-script.ts";

const call = /(?:^|[\s;&|])playwright\s+test(?:$|[\s;&|])/;

/** A configuration for Playwright Test, or a script that calls it, in a folder where it is a dependency or can be found. */
export async function detectPlaywright({ workspace, directory }: SuiteLocation): Promise<string | undefined> {
  const folder = join(workspace, directory);
  const names = (await readdir(folder).catch(() => [])).sort((left, right) => (left < right ? -1 : 1));
  const manifest = await readFile(join(folder, "package.json"), "utf8").catch(() => "");
  const sign = names.find((name) => configurationFile.test(name)) ?? scriptIn(manifest);
  if (sign === undefined) return undefined;
  return /"(?:@playwright\/test|playwright)"\s*:/.test(manifest) || resolvesFramework(playwrightPackage, folder)
    ? sign
    : undefined;
}

function scriptIn(manifest: string): string | undefined {
  try {
    const { scripts } = JSON.parse(manifest) as { scripts?: Record<string, unknown> };
    const name = Object.entries(scripts ?? {}).find(([, script]) => call.test(String(script)))?.[0];
    return name === undefined ? undefined : `the script ‘${name}’ of package.json`;
  } catch {
    // No manifest, or one that npm could not read either: no sign of Playwright.
    return undefined;
  }
}

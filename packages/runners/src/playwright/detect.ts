import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { signInScripts } from "../command/scripts.ts";
import type { DetectionLocation } from "../runner.ts";
import { resolvesFramework } from "../installed.ts";
import { playwrightPackage } from "./installed.ts";
import { configurationFile } from "./manifest-script.ts";

/** A configuration for Playwright Test, or a script that calls it, in a folder where it is a dependency or can be found. */
export async function detectPlaywright({
  workspace,
  directory,
  without,
  configured,
}: DetectionLocation): Promise<string | undefined> {
  const folder = join(workspace, directory);
  const names = (await readdir(folder).catch(() => [])).sort((left, right) => (left < right ? -1 : 1));
  const manifest = await readFile(join(folder, "package.json"), "utf8").catch(() => "");
  const sign =
    names.find((name) => configurationFile.test(name)) ??
    (configured === true ? undefined : await signInScripts(folder, without, callsPlaywright));
  if (sign === undefined) return undefined;
  return /"(?:@playwright\/test|playwright)"\s*:/.test(manifest) || resolvesFramework(playwrightPackage, folder)
    ? sign
    : undefined;
}

function callsPlaywright(command: readonly string[]): boolean {
  return command.some((word, index) => word === "test" && /(?:^|[\\/])playwright(?:\.cmd)?$/.test(command[index - 1] ?? ""));
}

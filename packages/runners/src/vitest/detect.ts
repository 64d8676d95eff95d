import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { signInScripts } from "../command/scripts.ts";
import type { DetectionLocation, SuiteLocation } from "../runner.ts";
import { resolvesFramework } from "../installed.ts";
import { vitestPackage } from "./installed.ts";

const configuration = /^vitest(?:\.[\w-]+)?\.(?:config|workspace)\.[cm]?[jt]s$|^vitest\.workspace\.json$/;
/** What Vitest finds where it is told of none. */
const foundByItself = /^vite(?:st)?\.config\.[cm]?[jt]s$|^vitest\.(?:workspace|projects)\.(?:[cm]?[jt]s|json)$/;
const viteConfiguration = /^vite(?:\.[\w-]+)?\.config\.[cm]?[jt]s$/;

/** A configuration for vitest, or a script that calls it, in a folder where vitest is a dependency or can be found. */
export async function detectVitest({
  workspace,
  directory,
  without,
  configured,
}: DetectionLocation): Promise<string | undefined> {
  const folder = join(workspace, directory);
  const names = (await readdir(folder).catch(() => [])).sort((left, right) => (left < right ? -1 : 1));
  const manifest = names.includes("package.json") ? await readText(join(folder, "package.json")) : "";
  // A base that packages extend is no configuration of a folder that is asked for its own.
  const isStrict = configured === true || without?.includes(".") === true;
  const sign =
    (await configurationIn(folder, isStrict ? names.filter((name) => foundByItself.test(name)) : names)) ??
    (configured === true ? undefined : await signInScripts(folder, without, callsVitest));
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

/** Whether its configuration speaks of projects: of what they are, only Vitest could tell. */
export async function namesVitestProjects({ workspace, directory }: SuiteLocation): Promise<boolean> {
  const folder = join(workspace, directory);
  const names = (await readdir(folder).catch(() => [])).filter((name) => foundByItself.test(name));
  const texts = await Promise.all(names.map((name) => readText(join(folder, name))));
  return names.some(
    (name, index) => /^vitest\.(?:workspace|projects)\./.test(name) || /\b(?:projects|workspace)\b/.test(texts[index] ?? ""),
  );
}

/** Whether a command calls it, by whatever goes before. */
function callsVitest(command: readonly string[]): boolean {
  return command.some((word) => /(?:^|[\\/])vitest(?:\.mjs|\.cmd)?$/.test(word));
}

function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DetectionLocation, SuiteLocation } from "../runner.ts";
import { resolvesFramework } from "../installed.ts";
import { jestPackage } from "./installed.ts";
import { jestScripts } from "./manifest-script.ts";

const configuration = /^jest\.config\.(?:[cm]?[jt]s|json)$/;
const packages = ["jest", "jest-cli", "@jest/core"];

interface Manifest {
  readonly jest?: unknown;
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly devDependencies?: Readonly<Record<string, unknown>>;
}

/** A configuration for jest, or a script that calls it, in a folder where jest is a dependency or can be found. */
export async function detectJest({
  workspace,
  directory,
  without = [],
  configured,
}: DetectionLocation): Promise<string | undefined> {
  const folder = join(workspace, directory);
  const names = (await readdir(folder).catch(() => [])).sort((left, right) => (left < right ? -1 : 1));
  const manifest = await readManifest(folder);
  const sign =
    names.find((name) => configuration.test(name)) ??
    keyIn(manifest) ??
    (configured === true ? undefined : await scriptIn(folder, without));
  if (sign === undefined) return undefined;
  const depends = packages.some((name) => manifest.dependencies?.[name] ?? manifest.devDependencies?.[name]);
  return depends || resolvesFramework(jestPackage, folder) ? sign : undefined;
}

/** Whether its configuration speaks of projects: of what they are, only Jest could tell. */
export async function namesJestProjects({ workspace, directory }: SuiteLocation): Promise<boolean> {
  const folder = join(workspace, directory);
  const names = (await readdir(folder).catch(() => [])).filter((name) => configuration.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8").catch(() => "")));
  return [...texts, JSON.stringify((await readManifest(folder)).jest ?? "")].some((text) => /projects/i.test(text));
}

function keyIn({ jest }: Manifest): string | undefined {
  return typeof jest === "object" && jest !== null ? "the key ‘jest’ of package.json" : undefined;
}

async function scriptIn(folder: string, without: readonly string[]): Promise<string | undefined> {
  const scripts = await jestScripts(folder);
  const script = without.includes(".") ? scripts.find(({ name }) => name === "test") : scripts[0];
  return script === undefined ? undefined : `the script ‘${script.name}’ of package.json`;
}

async function readManifest(folder: string): Promise<Manifest> {
  try {
    return (JSON.parse(await readFile(join(folder, "package.json"), "utf8")) ?? {}) as Manifest;
  } catch {
    // No manifest, or one that npm could not read either: no sign of jest.
    return {};
  }
}

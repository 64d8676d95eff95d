import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { DetectionLocation } from "../runner.ts";
import { resolvesFramework } from "../installed.ts";
import { mochaPackage } from "./installed.ts";
import { findMochaScript, readManifest } from "./manifest-script.ts";

const configuration = /^\.mocharc\.(?:[cm]?js|ya?ml|jsonc?)$/;

/** A configuration of mocha's, or a script that calls it, in a folder where mocha is a dependency or can be found. */
export async function detectMocha({
  workspace,
  directory,
  without = [],
  configured,
}: DetectionLocation): Promise<string | undefined> {
  // What a folder of packages is set up with is no sign that their tests are its own: Mocha looks for a configuration in the folders above,
  // and for tests in one below.
  if (configured === true || without.includes(".")) return undefined;
  const folder = resolve(workspace, directory);
  const manifest = readManifest(folder);
  const sign = (await configurationIn(folder)) ?? signIn(manifest);
  if (sign === undefined) return undefined;
  const isDependency = [manifest["dependencies"], manifest["devDependencies"]].some(
    (dependencies) => isObject(dependencies) && "mocha" in dependencies,
  );
  return isDependency || resolvesFramework(mochaPackage, folder) ? sign : undefined;
}

async function configurationIn(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  return names.sort((left, right) => (left < right ? -1 : 1)).find((name) => configuration.test(name));
}

function signIn(manifest: Readonly<Record<string, unknown>>): string | undefined {
  if (isObject(manifest["mocha"])) return "the mocha key of package.json";
  const script = findMochaScript(manifest);
  return script === undefined ? undefined : `the script ‘${script.name}’ of package.json`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

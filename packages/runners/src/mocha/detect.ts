import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { SuiteLocation } from "../runner.ts";
import { resolvesMocha } from "./installed.ts";
import { readMochaScript } from "./manifest-script.ts";

const configuration = /^\.mocharc\.(?:[cm]?js|ya?ml|jsonc?)$/;

/** A configuration of mocha's, or a script that calls it, in a folder where mocha is a dependency or can be found. */
export async function detectMocha({ workspace, directory }: SuiteLocation): Promise<string | undefined> {
  const folder = resolve(workspace, directory);
  const manifest = await readManifest(folder);
  const sign = (await signIn(folder, manifest)) ?? (await scriptIn(folder));
  if (sign === undefined) return undefined;
  const isDependency = [manifest["dependencies"], manifest["devDependencies"]].some(
    (dependencies) => isObject(dependencies) && "mocha" in dependencies,
  );
  return isDependency || resolvesMocha(folder) ? sign : undefined;
}

async function signIn(folder: string, manifest: Record<string, unknown>): Promise<string | undefined> {
  const names = (await readdir(folder).catch(() => [])).sort((left, right) => (left < right ? -1 : 1));
  const own = names.find((name) => configuration.test(name));
  if (own !== undefined) return own;
  return isObject(manifest["mocha"]) ? "the mocha key of package.json" : undefined;
}

async function scriptIn(folder: string): Promise<string | undefined> {
  const script = await readMochaScript(folder);
  return script === undefined ? undefined : `the script ‘${script.name}’ of package.json`;
}

async function readManifest(folder: string): Promise<Record<string, unknown>> {
  try {
    const manifest: unknown = JSON.parse(await readFile(resolve(folder, "package.json"), "utf8"));
    return isObject(manifest) ? manifest : {};
  } catch {
    // No manifest, or one that npm could not read either: no sign of mocha.
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

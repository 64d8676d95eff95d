import { existsSync } from "node:fs";
import { glob, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { isInsideWorkspace, reasonOf, ShardwrightError } from "@shardwright/core";

/** A repository with more is not one that somebody wants to have recognised at each run. */
const memberLimit = 500;

/**
 * The packages of a folder that is the root of npm's, Yarn's, pnpm's or Lerna's workspaces, or the projects of Nx's: their folders, relative to it, sorted.
 * @throws ShardwrightError `usage` for a file that cannot be read as what it should be, or too many packages
 */
export async function workspaceMembers(folder: string): Promise<string[]> {
  const patterns = await memberPatterns(folder);
  const isLeftOut = (pattern: string) => pattern.startsWith("!");
  const named = patterns.filter((pattern) => !isLeftOut(pattern)).map(manifestsOf);
  // Nx finds its projects by their own files, whichever packages there are.
  const globs = existsSync(join(folder, "nx.json")) ? [...named, "**/project.json"] : named;
  if (globs.length === 0) return [];
  const found = await matching(folder, globs);
  const left = await matching(
    folder,
    patterns.filter(isLeftOut).map((pattern) => manifestsOf(pattern.slice(1))),
  );
  const members = [...found].filter((member) => member !== "" && !left.has(member)).sort();
  const outside = members.find((member) => !isInsideWorkspace(member));
  if (outside !== undefined)
    throw new ShardwrightError("usage", {
      problem: `The package ${outside} of the workspaces of ${folder} lies outside of that folder, where its tests are not recognised.`,
      remedy: "Name the suites in a configuration file in a folder above both.",
    });
  if (members.length > memberLimit)
    throw new ShardwrightError("usage", {
      problem: `The workspaces of ${folder} have ${members.length} packages; their tests are recognised in up to ${memberLimit}.`,
      remedy: "Name the suites in a configuration file.",
    });
  return members;
}

async function memberPatterns(folder: string): Promise<string[]> {
  const pnpm = strings((await read(join(folder, "pnpm-workspace.yaml"), parseYaml))?.["packages"]);
  // Whoever has pnpm's file uses pnpm, which reads no other.
  if (pnpm.length > 0) return pnpm;
  const { workspaces } = (await read(join(folder, "package.json"), JSON.parse)) ?? {};
  const npm = strings(isObject(workspaces) ? workspaces["packages"] : workspaces);
  if (npm.length > 0) return npm;
  return strings((await read(join(folder, "lerna.json"), JSON.parse))?.["packages"]);
}

/** Loaded only where there is such a file: few runs have a need for it. */
async function parseYaml(text: string): Promise<unknown> {
  return (await import("yaml")).parse(text);
}

/** @returns undefined where there is no such file */
async function read(path: string, parseText: (text: string) => unknown): Promise<Record<string, unknown> | undefined> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) return undefined;
  try {
    const value = await parseText(await readFile(path, "utf8"));
    return isObject(value) ? value : undefined;
  } catch (error) {
    throw new ShardwrightError("usage", {
      problem: `${path} does not say which packages there are: ${reasonOf(error)}`,
      remedy: "Mend it, or name the suites in a configuration file.",
    });
  }
}

async function matching(folder: string, globs: readonly string[]): Promise<Set<string>> {
  const members = new Set<string>();
  if (globs.length === 0) return members;
  const exclude = ({ name }: { readonly name: string }) => name === "node_modules" || name === ".git";
  for await (const { parentPath } of glob([...globs], { cwd: folder, withFileTypes: true, exclude }))
    members.add(relative(folder, parentPath).split(sep).join("/"));
  return members;
}

function manifestsOf(pattern: string): string {
  return `${pattern.replace(/^\.\//, "").replace(/\/+$/, "")}/package.json`;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string" && one !== "") : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

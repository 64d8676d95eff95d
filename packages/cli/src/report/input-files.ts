import { globSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { reasonOf, ShardwrightError } from "@shardwright/core";

/** More than this is a pattern that went astray. */
const fileLimit = 10_000;

export interface InputOptions {
  /** Absolute paths that patterns leave out: what an earlier merge wrote must not be merged again. */
  readonly outputs?: readonly string[];
  /** A pattern that matches nothing, and a path where nothing is, are right. */
  readonly allowNone?: boolean;
}

/**
 * The files that paths and glob patterns name, each once, in the order they were named; patterns that begin with `!` leave files out.
 * @param directory what they are relative to
 * @throws ShardwrightError `usage` for what names no file, `report-unreadable` for what may not be looked at
 */
export function findInputs(
  named: readonly string[],
  directory: string,
  { outputs = [], allowNone = false }: InputOptions = {},
): string[] {
  const left = named.filter((name) => name.startsWith("!")).map((name) => name.slice(1).replaceAll("\\", "/"));
  const found = new Map<string, string>();
  for (const name of named.filter((one) => !one.startsWith("!"))) {
    try {
      for (const path of filesNamed(name, directory, { outputs, left, allowNone })) {
        const real = realpathSync(resolve(directory, path));
        if (!found.has(real)) found.set(real, path);
      }
    } catch (error) {
      if (error instanceof ShardwrightError) throw error;
      // A folder on the way that may not be looked into, a name that no file can have.
      throw new ShardwrightError(
        "report-unreadable",
        { path: name, format: "a report", reason: reasonOf(error) },
        { cause: error },
      );
    }
    if (found.size > fileLimit)
      throw new ShardwrightError("usage", {
        problem: `${name} brings the files to more than ${fileLimit}, the limit.`,
        remedy: "Narrow the pattern, or merge in several steps.",
      });
  }
  return [...found.values()];
}

function filesNamed(
  name: string,
  directory: string,
  { outputs, left, allowNone }: Required<InputOptions> & { readonly left: readonly string[] },
): string[] {
  const entry = statSync(resolve(directory, name), { throwIfNoEntry: false });
  if (entry?.isDirectory())
    throw new ShardwrightError("usage", {
      problem: `${name} is a folder.`,
      remedy: `Name the reports in it, such as ‘${name.replace(/[/\\]+$/, "")}/**/report.json’.`,
    });
  if (entry !== undefined) return [name];
  const matches = globSync(name.replaceAll("\\", "/"), { cwd: directory, exclude: ["**/node_modules/**", ...left] })
    .filter((path) => statSync(resolve(directory, path), { throwIfNoEntry: false })?.isFile() === true)
    .sort();
  const own = matches.filter((path) => outputs.includes(resolve(directory, path)));
  if (matches.length > own.length) return matches.filter((path) => !own.includes(path));
  if (allowNone && own.length === 0) return [];
  throw new ShardwrightError(
    "usage",
    own.length > 0
      ? {
          problem: `${name} matches nothing but what this command writes: ${own.join(", ")}.`,
          remedy: "Choose another --output-dir, or name the file itself and not a pattern.",
        }
      : {
          problem: `No file matches ${name}.`,
          remedy: "Check the path, and that the jobs before this one kept their reports (and not under another name).",
        },
  );
}

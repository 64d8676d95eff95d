import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import type { SuiteLocation } from "../runner.ts";

const isWindows = process.platform === "win32";
const environmentFolders = [".venv", "venv"];
const environmentProgram = isWindows ? "Scripts/python.exe" : "bin/python";
const programNames = isWindows ? ["python.exe", "python3.exe"] : ["python3", "python"];

/**
 * The Python that runs a suite: the one named, else that of a virtual environment in the suite's folder or the workspace, else the
 * first on the PATH of the suite's environment. Starts nothing.
 * @throws ShardwrightError `framework-missing`
 */
export async function findPython(
  { workspace, directory }: SuiteLocation,
  named: string | undefined,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const suite = resolve(workspace, directory);
  const folders = (environment["PATH"] ?? environment["Path"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  const onPath = (names: readonly string[]) => names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const inEnvironments = [suite, resolve(workspace)].flatMap((base) =>
    environmentFolders.map((folder) => join(base, folder, environmentProgram)),
  );
  const candidates =
    named === undefined
      ? [...inEnvironments, ...onPath(programNames)]
      : /[/\\]/.test(named)
        ? [resolve(suite, named)]
        : onPath([named, ...(isWindows ? [`${named}.exe`] : [])]);
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  throw new ShardwrightError("framework-missing", {
    framework: "pytest",
    directory: suite,
    reason: named === undefined ? "no Python interpreter was found" : `there is no interpreter ${named}`,
    remedy: "Install Python 3.8 or newer with pytest 7 or newer, or name the interpreter with the runner's option `python`.",
  });
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

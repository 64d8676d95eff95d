import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import {
  type CodeOwners,
  type CodeOwnersDialect,
  codeOwnersPlaces,
  isInsideWorkspace,
  ownersOf,
  parseCodeOwners,
  reasonOf,
  type RunReport,
} from "@shardwright/core";

/** GitHub reads none that is larger. */
const sizeLimit_bytes = 3 * 1024 * 1024;
const heightLimit = 64;

export interface OwnersRequest {
  /** Absolute path of the workspace, which the report's files are relative to. */
  readonly workspace: string;
  /** Name of the CI system. */
  readonly provider: string;
  /** Absolute path of the file, where one was named. */
  readonly named?: string | undefined;
  readonly say: (line: string) => void;
}

/** Says of each file that did not just pass who owns it, where a CODEOWNERS file does. */
export function withOwners(report: RunReport, request: OwnersRequest): RunReport {
  const found = findCodeOwners(request);
  if (found === undefined) return report;
  const place = relative(found.root, request.workspace).split(sep).join("/");
  if (place !== "" && !isInsideWorkspace(place)) return report;
  const tasks = report.tasks.map((task) => {
    if ((task.status === "passed" || task.status === "skipped") && !task.flaky) return task;
    const owners = ownersOf(found.rules, place === "" ? task.file : `${place}/${task.file}`);
    return owners.length === 0 ? task : { ...task, owners };
  });
  return { ...report, tasks };
}

function findCodeOwners({ workspace, provider, named, say }: OwnersRequest): { root: string; rules: CodeOwners } | undefined {
  const root = repositoryOf(workspace);
  const told: CodeOwnersDialect = provider === "gitlab" ? "gitlab" : "github";
  const other: CodeOwnersDialect = told === "gitlab" ? "github" : "gitlab";
  const places = [...codeOwnersPlaces[told], ...codeOwnersPlaces[other]].map((place) => join(root, place));
  const path = named ?? places.find((place) => existsSync(place));
  if (path === undefined) return undefined;
  try {
    const { size } = statSync(path);
    if (size > sizeLimit_bytes) throw new Error(`it has ${size} bytes, more than the ${sizeLimit_bytes} that are read`);
    const dialect = path.includes(`${sep}.gitlab${sep}`) ? "gitlab" : told;
    return { root, rules: parseCodeOwners(readFileSync(path, "utf8"), dialect) };
  } catch (error) {
    say(`Nobody is said to own what failed: ${path} could not be read: ${reasonOf(error)}`);
    return undefined;
  }
}

/** The folder with the repository that a folder is in; the folder itself where there is none. */
function repositoryOf(folder: string): string {
  let root = resolve(folder);
  for (let height = 0; height < heightLimit; height += 1) {
    if (existsSync(join(root, ".git"))) return root;
    if (dirname(root) === root) break;
    root = dirname(root);
  }
  return resolve(folder);
}

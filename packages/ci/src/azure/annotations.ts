import { existsSync } from "node:fs";
import { join } from "node:path";
import { plural, type Annotation } from "@shardwright/core";
import type { Channel } from "../publishing/channel.ts";
import { cutCharacters } from "../publishing/cut.ts";
import { azureCommand } from "./command.ts";

/** So many errors and so many warnings of a step are shown on the build's page; more stand in its log alone. */
const issueLimit = 10;
const messageLimit = 4000;

/** The errors and warnings on the build's page, each with its place in the source. */
export const annotationsChannel: Channel = {
  name: "annotations",
  title: "issues of the build",
  limits: "10 errors, 4,000 characters each",
  unavailable: () => undefined,
  async publish({ annotations, report, verdict }, { env, write, workspace, name }) {
    // Of results that lie in files nobody knows the workspace: they are the checkout's.
    const roots = workspace === undefined ? [env.BUILD_SOURCESDIRECTORY, env.SYSTEM_DEFAULTWORKINGDIRECTORY] : [workspace];
    for (const annotation of annotations.slice(0, issueLimit)) write(issueOf(annotation, roots));
    const { flaky } = report.cases;
    // A run with flaky tests is green, and so is its build: it is warned of, and not made one that succeeded “with issues”.
    if (flaky > 0 && verdict === "passed")
      write(azureCommand("task.logissue", { type: "warning" }, `${name}: ${plural(flaky, "test")} passed only when run again`));
    const left = annotations.length - issueLimit;
    return left > 0 ? `${plural(left, "failure")} more are not shown: a step has ${issueLimit} errors at most` : undefined;
  },
};

type Roots = readonly (string | undefined)[];

function issueOf({ path, line, level, title, message, details }: Annotation, roots: Roots): string {
  const type = level === "failure" ? "error" : "warning";
  const text = [title, ...[message, details].filter((part) => part !== "" && part !== title)].join("\n");
  return azureCommand(
    "task.logissue",
    { type, sourcepath: sourcePath(path, roots), linenumber: String(line), columnnumber: "1", code: "test" },
    cutCharacters(text, messageLimit),
  );
}

/** The agent finds a file's repository by its absolute path. */
function sourcePath(path: string, roots: Roots): string {
  const places = roots.flatMap((root) => (root ? [join(root, ...path.split("/"))] : []));
  return places.find((place) => existsSync(place)) ?? path;
}

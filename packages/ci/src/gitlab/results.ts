import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { formatCount, gitlabJunitLimits, writeGitlabJunit } from "@shardwright/core";
import type { Environment } from "../provider.ts";
import type { Channel } from "../publishing/channel.ts";

/** Inside the folder of the reports. */
const folderName = "gitlab";
const mebibyte = 1024 * 1024;
const { file_bytes, elements, cases } = gitlabJunitLimits;

/**
 * The files for `artifacts: reports: junit`. Of the jobs of a run the one that tells of its end writes them: from several, GitLab would add
 * up the time of all. Nothing is sent from here, so it needs no token.
 */
export const gitlabResults: Channel = {
  name: "results",
  title: "test report",
  limits: `${file_bytes / mebibyte} MiB and ${formatCount(elements)} XML elements a file, in as many files as it takes; ${formatCount(cases)} tests`,
  unavailable: ({ outputDir }) => (outputDir === undefined ? "no folder for reports is known" : undefined),
  publish({ report }, { env, workspace, outputDir = "." }) {
    const folder = join(outputDir, folderName);
    mkdirSync(folder, { recursive: true });
    // A shell runner keeps the folder between jobs: a file of an earlier run would be taken for one of this.
    for (const name of readdirSync(folder)) if (/^junit-\d+\.xml$/.test(name)) rmSync(join(folder, name));
    const writing = writeGitlabJunit(report, { attachment: inProject(env, outputDir), file: inProject(env, workspace) });
    let step = writing.next();
    for (; step.done !== true; step = writing.next()) writeFileSync(join(folder, step.value.name), step.value.content);
    return Promise.resolve(step.value);
  },
};

/**
 * Paths as the repository has them, which GitLab wants of files and of attachments
 * (https://docs.gitlab.com/ci/testing/unit_test_reports/). What lies outside it keeps the name that it has.
 * @param base what they are relative to
 */
function inProject({ CI_PROJECT_DIR: project }: Environment, base: string | undefined): (path: string) => string {
  return (path) => {
    if (project === undefined || project === "" || base === undefined) return path;
    const inside = relative(resolve(project), join(base, ...path.split("/")));
    return inside.startsWith("..") || isAbsolute(inside) ? path : inside.split(sep).join("/");
  };
}

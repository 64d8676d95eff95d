import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { gitlabJunitLimits, writeGitlabJunit } from "@shardwright/core";
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
  limits: `${file_bytes / mebibyte} MiB and ${elements.toLocaleString("en-US")} XML elements a file, in as many files as it takes; ${cases.toLocaleString("en-US")} tests`,
  unavailable: ({ outputDir }) => (outputDir === undefined ? "no folder for reports is known" : undefined),
  publish({ report }, { env, outputDir = "." }) {
    const folder = join(outputDir, folderName);
    const attachment = (path: string): string => {
      const absolute = join(outputDir, ...path.split("/"));
      // https://docs.gitlab.com/ci/testing/unit_test_reports/#add-screenshots-to-test-reports
      return env.CI_PROJECT_DIR ? relative(resolve(env.CI_PROJECT_DIR), absolute).split(sep).join("/") : path;
    };
    mkdirSync(folder, { recursive: true });
    // A shell runner keeps the folder between jobs: a file of an earlier run would be taken for one of this.
    for (const name of readdirSync(folder)) if (/^junit-\d+\.xml$/.test(name)) rmSync(join(folder, name));
    const writing = writeGitlabJunit(report, { attachment });
    let step = writing.next();
    for (; step.done !== true; step = writing.next()) writeFileSync(join(folder, step.value.name), step.value.content);
    return Promise.resolve(step.value);
  },
};

import { formatCount, type Annotation } from "@shardwright/core";
import type { Channel } from "../publishing/channel.ts";
import { cutCharacters } from "../publishing/cut.ts";
import { workflowCommand } from "./command.ts";
import { githubLog } from "./log.ts";
import { repositoryPaths } from "./repository-path.ts";

/** Of each kind and step; the runner drops the rest (https://github.com/actions/runner, ExecutionContext.cs). */
const perKind = 10;
const messageLimit = 4096;
const titleLimit = 255;
const commands = { failure: "error", warning: "warning", notice: "notice" } as const satisfies Record<
  Annotation["level"],
  string
>;

/** Beside the lines, by commands in the log: for a job that may not write the check run, which takes more of them. */
export const githubAnnotations: Channel = {
  name: "annotations",
  title: "annotations",
  limits: `${perKind} of each kind a step, ${formatCount(messageLimit)} characters each; all of them in the check run, where it can be written`,
  unavailable: ({ env }) =>
    env.GITHUB_ACTIONS === "true" ? undefined : "only a job of GitHub Actions has a log that is read for them",
  publish({ annotations }, session, before) {
    // The check run has them all: nothing is shown twice.
    if (before.some(({ channel, outcome }) => channel.name === "status" && outcome === "done")) return Promise.resolve(undefined);
    const place = repositoryPaths(session);
    const written = { failure: 0, warning: 0, notice: 0 };
    for (const { level, path, line, title, message, details } of annotations) {
      if (written[level] >= perKind) continue;
      written[level] += 1;
      // Older runners obey `##[…]` anywhere in a line.
      const text = cutCharacters(githubLog.neutralise(details === "" ? message : `${message}\n\n${details}`), messageLimit);
      const properties = { file: place(path), line, title: githubLog.neutralise(cutCharacters(title, titleLimit)) };
      session.write(workflowCommand(commands[level], properties, text));
    }
    const shown = written.failure + written.warning + written.notice;
    if (shown === annotations.length) return Promise.resolve(undefined);
    return Promise.resolve(
      `${shown} of ${formatCount(annotations.length)} are shown, which is all that GitHub takes from a step's log; the check run takes more, and the report has all`,
    );
  },
};

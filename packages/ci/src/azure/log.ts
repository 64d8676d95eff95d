import type { LogDialect } from "../provider.ts";
import { azureCommand } from "./command.ts";

/** https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands */
export const azureLog: LogDialect = {
  group: (title) => ({ open: `##[group]${title}\n`, close: "##[endgroup]\n" }),
  // `##vso[command]` is obeyed anywhere in a line.
  neutralise: (text) => text.replaceAll(/##(vso)?\[/g, (command) => `#\u200B${command.slice(1)}`),
  // The log is searched line by line: a secret of several lines would never be found as a whole.
  mask: (secret) =>
    secret
      .split(/\r\n|\r|\n/)
      .filter((line) => line.trim() !== "")
      .map((line) => azureCommand("task.setsecret", {}, line))
      .join("\n"),
};

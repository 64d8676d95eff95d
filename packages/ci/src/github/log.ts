import type { LogDialect } from "../provider.ts";
import { workflowCommand } from "./command.ts";

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands */
export const githubLog: LogDialect = {
  group: (title) => ({ open: `::group::${title}\n`, close: "::endgroup::\n" }),
  // `::command::` at the start of a line and `##[command]` anywhere in one are obeyed
  // (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs). A zero-width space breaks them and stays invisible.
  // Only the line's own spaces are looked at: to begin at each of many empty lines anew would take time as their square.
  neutralise: (text) => text.replaceAll(/^((?:[^\S\r\n\u2028\u2029]|\u0085)*)::/gm, "$1\u200B::").replaceAll("##[", "##\u200B["),
  mask: (secret) => workflowCommand("add-mask", {}, secret),
};

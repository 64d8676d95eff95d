import type { CiEnvironment } from "./environment.ts";

/** How a CI system folds part of its log. */
export interface LogGroup {
  readonly open: string;
  readonly close: string;
}

/**
 * The lines that open and close a folded part of the log; empty where the system has no such thing.
 * @param id letters, digits and dashes; tells GitLab's sections apart
 * @param at_s seconds since 1970, which GitLab writes beside each section
 */
export function logGroup(provider: CiEnvironment["provider"], title: string, id: string, at_s: number): LogGroup {
  const line = title.replaceAll(/[\r\n]+/g, " ");
  switch (provider) {
    case "github":
      return { open: `::group::${line}\n`, close: "::endgroup::\n" };
    case "azure":
      return { open: `##[group]${line}\n`, close: "##[endgroup]\n" };
    case "gitlab":
      return {
        open: `\u001B[0Ksection_start:${at_s}:${id}[collapsed=true]\r\u001B[0K${line}\n`,
        close: `\u001B[0Ksection_end:${at_s}:${id}\r\u001B[0K\n`,
      };
    case "jenkins":
    case "other":
    case "none":
      return { open: `${line}\n`, close: "" };
  }
}

/**
 * Takes the power out of what a test printed: GitHub obeys `::command::` at the start of a line and `##[command]` anywhere in one
 * (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs), Azure `##vso[command]`, so that an unlucky or
 * hostile test could set outputs or hide secrets from masking. A zero-width space breaks the command and stays invisible. It must be the
 * last thing done to a text: what is taken out afterwards can bring a command to the start of its line.
 */
export function neutraliseCommands(provider: CiEnvironment["provider"], text: string): string {
  if (provider === "github") return text.replaceAll(/^([\s\u0085]*)::/gm, "$1\u200B::").replaceAll("##[", "##\u200B[");
  if (provider === "azure") return text.replaceAll(/##(vso)?\[/g, (command) => `#\u200B${command.slice(1)}`);
  if (provider === "gitlab") return text.replaceAll(/section_(start|end):/g, "section\u200B_$1:");
  return text;
}

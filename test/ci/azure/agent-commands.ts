/** A command that the agent found in a line of a job's log. */
export interface AgentCommand {
  readonly area: string;
  readonly event: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/**
 * Finds the command in a line as the agent does.
 * @see https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Microsoft.VisualStudio.Services.Agent/Command.cs
 */
export function agentCommand(line: string): AgentCommand | undefined {
  const begin = line.indexOf("##vso[");
  const end = begin < 0 ? -1 : line.indexOf("]", begin);
  if (end < 0) return undefined;
  const info = line.slice(begin + "##vso[".length, end);
  const space = info.indexOf(" ");
  const names = (space < 0 ? info : info.slice(0, space)).split(".").filter((part) => part !== "");
  const [area, event] = names;
  if (names.length !== 2 || area === undefined || event === undefined) return undefined;
  const properties: Record<string, string> = {};
  for (const pair of space < 0 ? [] : info.slice(space + 1).split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && at < pair.length - 1) properties[pair.slice(0, at).toLowerCase()] = unescaped(pair.slice(at + 1));
  }
  return { area: area.toLowerCase(), event: event.toLowerCase(), properties, data: unescaped(line.slice(end + 1)) };
}

/** All commands of a log, in order. */
export function agentCommands(log: string): AgentCommand[] {
  return log.split(/\r?\n/).flatMap((line) => agentCommand(line) ?? []);
}

const tokens: readonly (readonly [string, string])[] = [
  ["%3B", ";"],
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%5D", "]"],
  ["%AZP25", "%"],
];

function unescaped(text: string): string {
  return tokens.reduce((whole, [replacement, token]) => whole.replaceAll(replacement, token), text);
}

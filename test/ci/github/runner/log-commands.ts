/** What a step has the runner do by the lines of its log. */
export interface LogCommand {
  /** Lower case: `error`. */
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

const known = new Set([
  "set-env",
  "set-output",
  "save-state",
  "add-mask",
  "add-path",
  "add-matcher",
  "remove-matcher",
  "debug",
  "warning",
  "error",
  "notice",
  "group",
  "endgroup",
  "echo",
  "stop-commands",
]);

/**
 * Finds the commands in a log, line by line, as the runner does for standard output and standard error alike; after `stop-commands` it
 * obeys nothing but the word that was given there. https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 */
export class LogReader {
  readonly commands: LogCommand[] = [];
  #stopped: string | undefined;

  line(line: string): void {
    const command = parse(line);
    if (command === undefined) return;
    if (this.#stopped !== undefined) {
      if (command.name === this.#stopped) this.#stopped = undefined;
      return;
    }
    if (!known.has(command.name)) return;
    if (command.name === "stop-commands") this.#stopped = command.data.toLowerCase();
    this.commands.push(command);
  }
}

function parse(line: string): LogCommand | undefined {
  const found = /^\s*::([^\s:]+)(?: (.*?))?::(.*)$/s.exec(line) ?? /##\[([^\s\]]+)(?: (.*?))?\](.*)$/s.exec(line);
  if (found === null) return undefined;
  const [, name = "", given = "", data = ""] = found;
  const properties: Record<string, string> = {};
  for (const pair of given.split(/[,;]/)) {
    const equals = pair.indexOf("=");
    if (equals > 0)
      properties[pair.slice(0, equals).trim()] = unescape(
        pair
          .slice(equals + 1)
          .replaceAll("%3A", ":")
          .replaceAll("%2C", ","),
      );
  }
  return { name: name.toLowerCase(), properties, data: unescape(data) };
}

function unescape(text: string): string {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

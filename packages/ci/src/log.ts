import { knownProviders } from "./environment.ts";
import { noProvider } from "./other/provider.ts";
import type { LogDialect, LogGroup } from "./provider.ts";

function dialectOf(provider: string): LogDialect {
  return (knownProviders().find(({ name }) => name === provider) ?? noProvider).log;
}

/** The lines that open and close a folded part of a CI system's log; see `LogDialect`. */
export function logGroup(provider: string, title: string, id: string, at_s: number): LogGroup {
  return dialectOf(provider).group(title.replaceAll(/[\r\n]+/g, " "), id, at_s);
}

/** Takes the power out of what a test printed; see `LogDialect`. */
export function neutraliseCommands(provider: string, text: string): string {
  return dialectOf(provider).neutralise(text);
}

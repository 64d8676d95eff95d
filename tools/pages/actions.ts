import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

interface ActionFile {
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly required?: boolean; readonly default?: string }>
  >;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
}

/** The actions, each a folder of `actions/`. */
export const actionNames = ["run", "worker", "report"] as const;

/** Puts the tables of inputs and outputs between their marks. @throws Error when the marks are missing */
export function withActionTables(readme: string, folder: string): string {
  const { inputs, outputs } = parse(readFileSync(join(folder, "action.yml"), "utf8")) as ActionFile;
  const rows = Object.entries(inputs).map(([name, { description, required, default: standard }]) => {
    const value = required === true ? "**required**" : standard === undefined ? "" : `\`${standard}\``;
    return [`\`${name}\``, cell(description), value];
  });
  const results = Object.entries(outputs).map(([name, { description }]) => [`\`${name}\``, cell(description)]);
  const inserted = [
    ["inputs", table(["input", "what it says", "default"], rows)],
    ["outputs", table(["output", "what it holds"], results)],
  ] as const;
  return inserted.reduce((text, [what, lines]) => between(text, what, lines, folder), readme);
}

function between(text: string, what: string, lines: string, folder: string): string {
  const begin = `<!-- ${what}: begin -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(`<!-- ${what}: end -->`);
  if (from === -1 || to < from) throw new Error(`${join(folder, "README.md")} lacks ${begin} and its end`);
  return `${text.slice(0, from + begin.length)}\n\n${lines}\n\n${text.slice(to)}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

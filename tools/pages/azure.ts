import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const folder = join(import.meta.dirname, "..", "..", "azure");

interface Parameter {
  readonly name: string;
  readonly displayName: string;
  readonly type: string;
  readonly default?: string | number | boolean;
}

/** Puts the table of each template's parameters between its marks. @throws Error when marks are missing */
export function withAzureParameters(readme: string): string {
  return ["run", "worker"].reduce((page, template) => {
    const begin = `<!-- ${template}: begin -->`;
    const end = `<!-- ${template}: end -->`;
    const from = page.indexOf(begin);
    const to = page.indexOf(end);
    if (from === -1 || to < from) throw new Error(`azure/README.md lacks ${begin} … ${end}`);
    return `${page.slice(0, from + begin.length)}\n\n${tableOf(template)}\n\n${page.slice(to)}`;
  }, readme);
}

function tableOf(template: string): string {
  const { parameters } = parse(readFileSync(join(folder, `${template}.yml`), "utf8")) as { parameters: readonly Parameter[] };
  const rows = parameters.map(({ name, displayName, type, default: value }) => {
    const otherwise = value === undefined ? "**needed**" : value === "" ? "empty" : `\`${String(value)}\``;
    return `| \`${name}\` | ${type} | ${otherwise} | ${displayName} |`;
  });
  return ["| parameter | type | default | |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

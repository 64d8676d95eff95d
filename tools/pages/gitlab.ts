import { parseAllDocuments } from "yaml";

interface Input {
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly options?: readonly string[];
}

/**
 * Puts the table of each component's inputs between its marks.
 * @param templates their YAML by name
 * @throws Error when marks are missing, and for an input without a description
 */
export function withComponentInputs(readme: string, templates: Readonly<Record<string, string>>): string {
  return Object.entries(templates).reduce((page, [name, template]) => {
    const begin = `<!-- inputs of ${name}: begin -->`;
    const end = `<!-- inputs of ${name}: end -->`;
    const from = page.indexOf(begin);
    const to = page.indexOf(end);
    if (from === -1 || to < from) throw new Error(`gitlab/README.md lacks ${begin} … ${end}`);
    return `${page.slice(0, from + begin.length)}\n\n${tableOf(name, template)}\n\n${page.slice(to)}`;
  }, readme);
}

function tableOf(name: string, template: string): string {
  const [header] = parseAllDocuments(template);
  if (header === undefined) throw new Error(`${name} has no header`);
  const { spec } = header.toJSON() as { spec: { inputs: Record<string, Input> } };
  const rows = Object.entries(spec.inputs).map(([input, { type = "string", default: value, description, options }]) => {
    if (description === undefined) throw new Error(`the input ${input} of ${name} has no description`);
    const allowed = options === undefined ? "" : ` One of ${options.map(code).join(", ")}.`;
    const initial = value === undefined ? "required" : value === "" ? "–" : code(JSON.stringify(value).replaceAll(/^"|"$/g, ""));
    return `| \`${input}\` | ${type} | ${initial} | ${description}${allowed} |`;
  });
  return ["| input | type | default | what it is |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

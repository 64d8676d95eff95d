import { providers, type CiCapabilities, type CiProvider } from "../../packages/ci/src/index.ts";

const marks = (name: string) => ({ begin: `<!-- ${name}: begin -->`, end: `<!-- ${name}: end -->` });

/** Puts what the CI systems offer, and where results are shown in them, between the page's marks. @throws Error when they are missing */
export function withCiMatrix(page: string): string {
  return between(between(page, "systems", systems()), "places", places());
}

function between(page: string, name: string, content: string): string {
  const { begin, end } = marks(name);
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`docs/ci/README.md lacks ${begin} … ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${content}\n\n${page.slice(to)}`;
}

const columns: readonly (readonly [string, (capabilities: CiCapabilities) => string])[] = [
  ["pull requests", ({ pull_requests }) => mark(pull_requests)],
  ["forks", ({ forks }) => mark(forks)],
  ["attempts", ({ attempts }) => mark(attempts)],
  ["parallel jobs", ({ jobs }) => mark(jobs)],
  ["folded log", ({ log_groups }) => mark(log_groups)],
  ["hides secrets", ({ masking }) => mark(masking)],
  ["identity", ({ identity }) => identity ?? "–"],
];

const mark = (has: boolean) => (has ? "yes" : "–");

function systems(): string {
  const heads = ["system", "`--provider`", ...columns.map(([head]) => head), "results shown as"];
  const rows = providers.map((provider) => {
    const cells = columns.map(([, cell]) => cell(provider.capabilities));
    return [provider.capabilities.title, `\`${provider.name}\``, ...cells, shown(provider)];
  });
  return table(heads, rows);
}

function shown({ channels }: CiProvider): string {
  return channels.length === 0 ? "files" : channels.map(({ name }) => `\`${name}\``).join(", ");
}

function places(): string {
  const rows = providers.flatMap(({ capabilities, channels }) =>
    channels.map(({ name, title, limits }) => [capabilities.title, `\`${name}\``, title, limits]),
  );
  return table(["system", "`--publish`", "what it is there", "limits"], rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

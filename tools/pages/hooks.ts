import { type HookDescription, hooks } from "@shardwright/plugin";

const begin = "<!-- hooks: begin -->";
const end = "<!-- hooks: end -->";

const places: Readonly<Record<HookDescription["where"], string>> = {
  leader: "the coordinator that leads",
  coordinator: "each coordinator",
  run: "`shardwright run`, and each job with `--run-key`",
  worker: "`shardwright worker`",
  all: "each process that loads plugins",
};

/** Puts the table of hooks between its marks. @throws Error when the marks are missing */
export function withHookTable(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`docs/writing-a-plugin.md lacks ${begin} … ${end}`);
  const rows = Object.entries(hooks).map(([name, { when, where }]) => `| \`${name}\` | ${when} | ${places[where]} |`);
  const table = ["| hook | when | called in |", "| --- | --- | --- |", ...rows].join("\n");
  return `${page.slice(0, from + begin.length)}\n\n${table}\n\n${page.slice(to)}`;
}

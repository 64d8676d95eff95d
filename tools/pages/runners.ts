import { browserRunner } from "@shardwright/browsers";
import { builtInRunners } from "@shardwright/runners";

const begin = "<!-- runners: begin -->";
const end = "<!-- runners: end -->";

/** Puts the table of runners between its marks. @throws Error when the marks are missing */
export function withRunnerMatrix(readme: string): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from === -1 || to < from) throw new Error(`README.md lacks ${begin} … ${end}`);
  return `${readme.slice(0, from + begin.length)}\n\n${matrix()}\n\n${readme.slice(to)}`;
}

function matrix(): string {
  const columns = [
    ["streams cases", "streamsCases"],
    ["warm process", "warmProcess"],
    ["selects cases", "selectsCases"],
    ["splits heavy files", "splitsFiles"],
    ["project configuration", "readsProjectConfiguration"],
    ["retries", "reportsRetries"],
    ["lines", "reportsLines"],
    ["in chosen browsers", "takesBrowser"],
  ] as const;
  const rows = [...builtInRunners, browserRunner].map(({ name, capabilities }) => {
    const cells = columns.map(([, key]) => (capabilities[key] ? "yes" : "–"));
    return `| ${capabilities.title} | \`${name}\` | ${cells.join(" | ")} | ${capabilities.versions} |`;
  });
  const heads = ["framework", "`--runner`", ...columns.map(([title]) => title), "versions"];
  return [`| ${heads.join(" | ")} |`, `| ${heads.map(() => "---").join(" | ")} |`, ...rows].join("\n");
}

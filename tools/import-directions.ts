/** Checks that each package imports only from packages before it, by name, and declares what it imports. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { packages } from "./packages.ts";

const root = join(import.meta.dirname, "..");
const problems: string[] = [];
const before = new Set<string>();

for (const directory of packages) {
  const description = JSON.parse(readFileSync(join(root, directory, "package.json"), "utf8")) as {
    name: string;
    dependencies?: Record<string, string>;
  };
  const declared = new Set(Object.keys(description.dependencies ?? {}));
  for (const file of globSync("src/**/*.{ts,mjs}", { cwd: join(root, directory) })) {
    const isTest = /\.test(-data)?\.ts$|\/testing\//.test(file.replaceAll("\\", "/"));
    for (const specifier of importsOf(readFileSync(join(root, directory, file), "utf8"))) {
      const where = `${directory}/${file} imports ${specifier}`;
      if (specifier.startsWith(".")) {
        const target = relative(join(root, directory), join(root, directory, dirname(file), specifier));
        if (target.startsWith("..")) problems.push(`${where}, which lies in another package`);
        continue;
      }
      const name = specifier
        .split("/")
        .slice(0, specifier.startsWith("@") ? 2 : 1)
        .join("/");
      const isOurs = name.startsWith("@shardwright/") || name === "shardwright";
      if (isOurs && !before.has(name)) problems.push(`${where}, which does not come before it`);
      if (isOurs && !isTest && !declared.has(name)) problems.push(`${where}, which its package.json does not name`);
    }
  }
  before.add(description.name);
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function importsOf(source: string): string[] {
  const found = source.matchAll(
    /^\s*(?:import|export)\b[^"';]*?\bfrom\s+["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)|^\s*import\s+["']([^"']+)["']/gm,
  );
  return [...found].map(([, from, dynamic, bare]) => from ?? dynamic ?? bare ?? "");
}

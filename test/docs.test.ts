import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { buildProgram } from "shardwright";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";

const root = join(import.meta.dirname, "..");
const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((path) => join("docs", path)),
]
  .filter((path) => path.endsWith(".md"))
  .map((path) => path.replaceAll("\\", "/"));

interface Block {
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

/** The code blocks of a page. A fence may be indented, as in a list. */
function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; line: number; text: string[] } | undefined;
  for (const [index, line] of readFileSync(join(root, page), "utf8").split("\n").entries()) {
    const fence = /^\s*```(\w*)/.exec(line);
    if (fence === null) open?.text.push(line);
    else if (open === undefined) open = { language: fence[1] ?? "", line: index + 1, text: [] };
    else {
      blocks.push({ place: `${page}:${open.line}`, language: open.language, text: open.text.join("\n") });
      open = undefined;
    }
  }
  expect(open, `${page} leaves a code block open`).toBeUndefined();
  return blocks;
}

/** What stands behind `shardwright` wherever it is called, up to the end of the command. */
function commandsIn(text: string): string[] {
  const joined = text
    .replaceAll(/\\\n\s*/g, " ")
    .replaceAll(/"([^"\s]*)",?/g, "$1 ")
    .replaceAll(/^Usage: .*$/gm, "");
  return [...joined.matchAll(/(?<![\w./@-])shardwright +(?=[a-z-])([^\n`;|&#)]*)/g)].map(([, words]) => words ?? "");
}

const program = buildProgram({ environment: {}, directory: "/", stdout: process.stdout, stderr: process.stderr, exit: () => {} });

/** What is wrong with a command line by the definitions of the commands; undefined where nothing is. */
function wrongWith(line: string): string | undefined {
  let command: Command = program;
  const words = line
    .replaceAll(/"[^"]*"|'[^']*'/g, "…")
    .trim()
    .split(/\s+/);
  while (command.commands.length > 0) {
    const word = words[0] ?? "";
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) return word.startsWith("-") || command !== program ? undefined : `there is no command ${word}`;
    command = next;
    words.shift();
  }
  for (const word of words) {
    const flag = /^["'[]*(--[a-z][a-z-]*)/.exec(word)?.[1];
    if (flag === undefined || flag === "--help") continue;
    if (!command.options.some(({ long }) => long === flag)) return `${command.name()} has no ${flag}`;
  }
  return undefined;
}

test("every command and flag that the pages show exists", () => {
  let count = 0;
  const wrong = pages.flatMap((page) => {
    const inline = [...readFileSync(join(root, page), "utf8").matchAll(/`([^`\n]+)`/g)].map(([, text]) => ({
      place: page,
      text: text ?? "",
    }));
    return [...blocksOf(page), ...inline].flatMap(({ place, text }) =>
      commandsIn(text).flatMap((line) => {
        count += 1;
        const reason = wrongWith(line);
        return reason === undefined ? [] : [`${place}: shardwright ${line.trim()}: ${reason}`];
      }),
    );
  });
  expect(wrong).toEqual([]);
  expect(count).toBeGreaterThan(60);
});

test("a command or flag that does not exist is found, however it is written", () => {
  const shown = [
    "npx shardwright run --runer vitest",
    'run: FOO=1 npx shardwright worker --run-key "$KEY" \\\n  --indx 0 | tee log',
    'args: ["shardwright", "worker", "--idle-timout", "60"]',
    "$(shardwright splitt --total 4)",
    "sh 'npx shardwright token create --scop read'",
  ].flatMap(commandsIn);
  expect(shown.map(wrongWith)).toEqual([
    "run has no --runer",
    "worker has no --indx",
    "worker has no --idle-timout",
    "there is no command splitt",
    "create has no --scop",
  ]);
});

test("the YAML that the pages show can be read", () => {
  const blocks = pages.flatMap(blocksOf).filter(({ language }) => language === "yaml" || language === "yml");
  const problems = blocks.flatMap(({ place, text }) =>
    parseAllDocuments(text).flatMap((document) => document.errors.map(({ message }) => `${place}: ${message}`)),
  );
  expect(problems).toEqual([]);
  expect(blocks.length).toBeGreaterThan(10);
});

test("links between the pages lead somewhere", () => {
  const broken = pages.flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].flatMap(([, target]) => {
      try {
        readFileSync(join(root, page, "..", target ?? ""));
        return [];
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EISDIR" ? [] : [`${page}: ${target}`];
      }
    }),
  );
  expect(broken).toEqual([]);
});

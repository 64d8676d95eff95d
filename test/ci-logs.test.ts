import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runToEnd } from "./processes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-logs-"));
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

const write = (path: string, text: string) => writeFileSync(join(folder, path), text);

/** What GitHub's runner would obey in a log (`ActionCommand.TryParseV2`, `TryParse`), but for our own lines: folds and annotations. */
const ours = /^::(?:(?:end)?group|error file=[\w.]+,line=\d+,title=[^:]*)::/;
function commandsIn(log: string): string[] {
  return log
    .split(/\r\n|\n|\r/)
    .filter((line) => /^[\s\u0085]*::[^:]+::/.test(line) || line.includes("##["))
    .filter((line) => !ours.test(line) || line.includes("##["));
}

test("nothing that a test is called, throws or prints is obeyed by GitHub", async () => {
  const commands = [
    "::add-mask::a",
    "\u0007::add-mask::b",
    "\u0085::add-mask::c",
    "expected ##[add-mask]d",
    "\u001B[31m\u001B[0m::add-mask::e",
  ];
  write(
    "a.test.js",
    `import test from "node:test";
test("name\\n::add-mask::f", () => { throw new Error(${JSON.stringify(commands.join("\n"))}); });
test("skipped\\r::add-mask::g", { skip: true }, () => {});\n`,
  );
  write(
    "b.test.js",
    `process.stdout.write(${JSON.stringify(`\n${commands.join("\n")}\n`)});\nthrow new Error("\\u0007::add-mask::h");\n`,
  );
  const { code, output } = await runToEnd(["run", "--workers", "1", "--max-retries", "0"], {
    cwd: folder,
    environment: { GITHUB_ACTIONS: "true" },
  });
  expect(code).not.toBe(0);
  for (const letter of "abcdefh") expect(output).toMatch(new RegExp(`add-mask.{2}${letter}|add-mask\\]${letter}`));
  expect(commandsIn(output)).toEqual([]);
});

test("nor what a merged report holds, or a configuration says that cannot be read", async () => {
  write(
    "1.xml",
    `<testsuite name="s&#10;::add-mask::i"><testcase name="a" file="b&#10;::add-mask::j"><failure/></testcase></testsuite>`,
  );
  write("2.xml", `<testsuites name="t&#10;::add-mask::k"/>`);
  write("broken.ts", 'throw new Error("x\\n::add-mask::l");\n');
  for (const [args, quoted] of [
    [["report", "merge", "1.xml", "2.xml"], ""],
    [["run", "--config", "broken.ts"], "add-mask::l"],
  ] as const) {
    const { output } = await runToEnd(args, { cwd: folder, environment: { GITHUB_ACTIONS: "true" } });
    expect(output).toContain(quoted);
    expect(commandsIn(output)).toEqual([]);
  }
});

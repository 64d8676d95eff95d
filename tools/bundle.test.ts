import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { bundle, escapeNonAscii } from "./bundle.ts";

test("what a script holds beyond ASCII is the same text when it is escaped", () => {
  const text = "é × ✓ 😀 \\u{1F600} “…”";
  const script = `const found = /[×✓]/.test(${JSON.stringify(text)}) && /^.$/u.test("😀"); [found, ${JSON.stringify(text)}, \`× \${"…"}\`] // ‘why’`;
  const escaped = escapeNonAscii(script);
  expect(escaped).toMatch(/^[\0-\x7f]*$/);
  // oxlint-disable-next-line no-eval -- what the engine reads is what is asked
  expect((0, eval)(escaped)).toEqual([true, text, "× …"]);
});

test("what would not be the same text is refused", () => {
  for (const script of ["'\\×'", "String.raw`a × b`"]) expect(() => escapeNonAscii(script)).toThrow("cannot be written in ASCII");
});

test("an entry and its modules become one file in ASCII, which knows its place and shares zod", async () => {
  const dist = mkdtempSync(join(tmpdir(), "shardwright-bundle-"));
  onTestFinished(() => rmSync(dist, { recursive: true }));
  mkdirSync(join(dist, "below"));
  writeFileSync(join(dist, "index.js"), `export { place, text } from "./below/beside.js";\n`);
  writeFileSync(join(dist, "below", "beside.js"), `export const text = "‘é’ 😀";\nexport const place = import.meta.url;\n`);
  writeFileSync(join(dist, "main.js"), `import { z } from "zod";\nexport const schema = z.string();\n`);
  await bundle("packages/any", dist);
  const written = readFileSync(join(dist, "index.js"), "utf8");
  expect(written).toMatch(/^[\0-\x7f]*$/);
  const beside = pathToFileURL(join(dist, "below", "beside.js")).href;
  rmSync(join(dist, "below"), { recursive: true });
  const entry = pathToFileURL(join(dist, "index.js")).href;
  expect(await import(entry)).toMatchObject({ text: "‘é’ 😀", place: beside });
  expect(readFileSync(join(dist, "main.js"), "utf8")).toContain(`from "@shardwright/core/zod"`);
});

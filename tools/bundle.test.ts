import { expect, test } from "vitest";
import { escapeNonAscii } from "./bundle.ts";

test("what a script holds beyond ASCII is the same text when it is escaped", () => {
  const text = "é × ✓ 😀 \\u{1F600} “…”";
  const script = `const found = /[×✓]/.test(${JSON.stringify(text)}) && /^.$/u.test("😀"); [found, ${JSON.stringify(text)}, \`× \${"…"}\`] // ‘why’`;
  const escaped = escapeNonAscii(script);
  expect(escaped).toMatch(/^[\0-\x7f]*$/);
  // oxlint-disable-next-line no-eval -- what the engine reads is what is asked
  expect((0, eval)(escaped)).toEqual([true, text, "× …"]);
});

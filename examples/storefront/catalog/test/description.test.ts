import { expect, test } from "vitest";
import { escapeHtml, renderDescription } from "../src/description.ts";
import { between, pick, seeded } from "../src/random.ts";

test.each([
  ["plain", "<p>plain</p>"],
  ["**bold** and *italic*", "<p><strong>bold</strong> and <em>italic</em></p>"],
  ["one\ntwo\n\nthree", "<p>one<br>two</p>\n<p>three</p>"],
  ["- a\n- b", "<ul><li>a</li><li>b</li></ul>"],
  ["<script>alert('x')</script>", "<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</p>"],
])("renders %j", (text, html) => {
  expect(renderDescription(text)).toBe(html);
});

test("an escaped text holds no markup", () => expect(escapeHtml(`<a href="x">&'`)).not.toMatch(/[<>"']/));

test("a seller cannot smuggle in a tag: 20,000 random texts", () => {
  const random = seeded(37);
  const pieces = ["<", ">", '"', "&", "*", "**", "- ", "\n", "\n\n", "script", "onload=", " "];
  for (let round = 0; round < 20_000; round += 1) {
    const text = Array.from({ length: between(random, 0, 20) }, () => pick(random, pieces)).join("");
    const left = renderDescription(text).replace(/<\/?(?:p|ul|li|strong|em|br)>/g, "");
    if (/[<>]/.test(left)) expect.fail(JSON.stringify(text));
  }
});

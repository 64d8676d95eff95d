/** What a case asks its page through: where one of these takes part in the address, the page has to be where it is said to be. */
const asksPage = /\b(?:page|context|browser|device|metrics|await)\b/;

/**
 * Whether the first thing that a case does is to lead its page elsewhere, so that nothing can see where the page stood before: its first
 * statement is `await page.goto(…)`, in one line, with an address that is made without the page. Known by its text; what is written in any
 * other way counts as no.
 */
export function beginsElsewhere(work: (...parameters: never[]) => unknown): boolean {
  const text = work.toString();
  const head = /^async\s*(?:function\s*\w*\s*)?\(\s*\{([^{}=:]*)\}\s*\)\s*(?:=>)?\s*\{/.exec(text);
  const isGiven = head?.[1]?.split(",").some((name) => name.trim() === "page");
  if (head === null || isGiven !== true) return false;
  const body = text.slice(head[0].length).replace(/^(?:\s|\/\/[^\n]*\n|\/\*[^]*?\*\/)+/, "");
  const statement = /^await\s+page\.goto\(([^\n]*\).*)/.exec(body)?.[1];
  // What is quoted is an address, whatever words are in it.
  return statement !== undefined && !asksPage.test(statement.replaceAll(/"[^"\\]*"|'[^'\\]*'|`[^`\\$]*`/g, ""));
}

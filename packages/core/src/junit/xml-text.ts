/** What XML 1.0 forbids, however it is written: control characters, half surrogate pairs, U+FFFE and U+FFFF. */
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

const references: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** The text without what XML 1.0 forbids. */
export function legalText(text: string): string {
  return text.replace(forbidden, "");
}

/** Text between tags. A reader turns a bare CR into LF, so CR goes as a reference. */
export function escapeText(text: string): string {
  return legalText(text).replace(/[&<>\r]/g, reference);
}

/** An attribute's value, to stand in double quotes. A reader turns bare white space into spaces, so all but spaces go as references. */
export function escapeAttribute(text: string): string {
  return legalText(text).replace(/[&<>"\t\n\r]/g, reference);
}

function reference(character: string): string {
  return references[character] ?? character;
}

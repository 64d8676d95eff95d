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

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Undoes references: the five of XML and those by number. Any other stays as it is written: no document expands anything here. */
export function decodeReferences(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(\w{1,8}));/g,
    (whole, decimal, hexadecimal, name: string | undefined) => {
      if (name !== undefined) return Object.hasOwn(named, name) ? (named[name] ?? whole) : whole;
      const code = decimal === undefined ? Number.parseInt(String(hexadecimal), 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

const escapeCharacter = String.fromCharCode(27);
const bellCharacter = String.fromCharCode(7);

/** A terminal's control sequences: CSI, OSC (closed by BEL or ST), and the short ones. */
const sequences = new RegExp(
  `${escapeCharacter}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${bellCharacter}${escapeCharacter}]*(?:${bellCharacter}|${escapeCharacter}\\\\)?|[ -/]+[0-~]|[0-Z\\\\^-~])`,
  "g",
);

export function stripAnsi(text: string): string {
  return text.includes(escapeCharacter) ? text.replace(sequences, "") : text;
}

/**
 * Text as a person would have seen it: no colour codes, a line that was overwritten (`\r`) shows what stood there last, no other
 * control characters, none of the marks that reverse the direction of what follows.
 */
export function plainText(text: string): string {
  return withoutControls(overwritten(stripAnsi(text)));
}

/** The text with what stood last in each line that was overwritten. */
export function overwritten(text: string): string {
  if (!text.includes("\r")) return text;
  return text
    .split("\n")
    .map((line) => {
      const whole = line.replace(/\r+$/, "");
      return whole.slice(whole.lastIndexOf("\r") + 1);
    })
    .join("\n");
}

export function withoutControls(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Bidi_Control}]/gu, (character) => (/[\n\t]/.test(character) ? character : ""));
}

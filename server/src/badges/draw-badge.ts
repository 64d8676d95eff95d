import { type Verdict, escapeHtml } from "@shardwright/core";

/** Characters of a name that a badge has room for. */
const labelLimit = 60;
const height_px = 20;
const padding_px = 6;

/** White on each has a contrast of 4.5 at least. */
const colours: Readonly<Record<Verdict | "none", string>> = {
  passed: "#1a7f37",
  failed: "#cf222e",
  errored: "#a40e26",
  incomplete: "#8a5a00",
  cancelled: "#59636e",
  none: "#59636e",
};

/**
 * A small picture that says how a project fares: its name beside a verdict. Whatever the name is, it is text in the picture.
 * @param verdict undefined where no run has ended
 */
export function drawBadge(name: string, verdict: Verdict | undefined): string {
  const label = name.length > labelLimit ? `${name.slice(0, labelLimit - 1)}…` : name;
  const value = verdict ?? "no runs";
  const left_px = widthOf(label) + 2 * padding_px;
  const right_px = widthOf(value) + 2 * padding_px;
  const width_px = left_px + right_px;
  const title = escapeHtml(`${label}: ${value}`);
  const text = (words: string, x_px: number) => {
    const length_px = widthOf(words);
    return `<text x="${x_px}" y="14" textLength="${length_px}" lengthAdjust="spacingAndGlyphs">${escapeHtml(words)}</text>`;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width_px}" height="${height_px}" role="img" aria-label="${title}">
<title>${title}</title>
<clipPath id="r"><rect width="${width_px}" height="${height_px}" rx="3"/></clipPath>
<g clip-path="url(#r)">
<rect width="${left_px}" height="${height_px}" fill="#424a53"/>
<rect x="${left_px}" width="${right_px}" height="${height_px}" fill="${colours[verdict ?? "none"]}"/>
</g>
<g fill="#ffffff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
${text(label, padding_px)}
${text(value, left_px + padding_px)}
</g>
</svg>
`;
}

/** About as wide as the usual fonts print it; the picture then holds the text to that. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text)
    width += /[\u1100-\uffff]|[\u{10000}-\u{10ffff}]/u.test(character)
      ? 11
      : /[ijlI.:;,'|! ]/.test(character)
        ? 4.2
        : /[mwMW]/.test(character)
          ? 9.5
          : 7;
  return Math.ceil(width);
}

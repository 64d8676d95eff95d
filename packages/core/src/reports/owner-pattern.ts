import type { CodeOwnersDialect } from "./code-owners.ts";

/** Whether a path, by its segments, is matched. */
export type OwnerPattern = (path: readonly string[]) => boolean;

/** One character of a segment's pattern: any number of them, any one, or one of which this is true. */
type Sign = "*" | "?" | ((character: string) => boolean);
type Segment = "**" | readonly Sign[];

/**
 * A pattern of a CODEOWNERS file. GitHub takes it as gitignore does: without a slash but at its end it matches at any depth, and a folder
 * with all in it; but `docs/*` is what is right in docs alone, and neither `!` nor `[a-z]` is known. GitLab matches at any depth unless a
 * slash begins it, and what is in a folder only if a slash ends it.
 * @returns undefined for one that its system leaves out
 */
export function compileOwnerPattern(written: string, dialect: CodeOwnersDialect): OwnerPattern | undefined {
  if (dialect === "github" && /^!|[[\]]|^\\#/.test(written)) return undefined;
  const isFolder = written.endsWith("/");
  const parts = written.split("/").filter((part) => part !== "");
  if (parts.length === 0) return undefined;
  const isAnchored = written.startsWith("/") || (dialect === "github" && parts.length > 1);
  const segments: Segment[] = parts.map((part) => (part === "**" ? "**" : signsOf(part, dialect)));
  const whole: Segment[] = [...(isAnchored ? [] : ["**" as const]), ...segments, ...(isFolder ? ["**" as const] : [])];
  const takesFolders = dialect === "github" && !isFolder && parts.at(-1) !== "*" && parts.at(-1) !== "**";
  return (path) => matchSegments(whole, path) || (takesFolders && matchSegments([...whole, "**"], path));
}

/** `**` stands for any number of segments, and for at least one at the end. */
function matchSegments(pattern: readonly Segment[], path: readonly string[]): boolean {
  // How much of the path the pattern so far can have matched.
  let reached = new Set([0]);
  for (const [index, segment] of pattern.entries()) {
    const next = new Set<number>();
    for (const place of reached) {
      if (segment !== "**") {
        const name = path[place];
        if (name !== undefined && matchSigns(segment, Array.from(name))) next.add(place + 1);
        continue;
      }
      const least = index === pattern.length - 1 ? place + 1 : place;
      for (let end = least; end <= path.length; end += 1) next.add(end);
    }
    reached = next;
  }
  return reached.has(path.length);
}

/** From left to right, back to the last `*` where it does not fit: never more steps than signs times characters. */
function matchSigns(signs: readonly Sign[], text: readonly string[]): boolean {
  let sign = 0;
  let star = -1;
  let from = 0;
  for (let place = 0; place < text.length;) {
    const wanted = signs[sign];
    if (wanted === "*") {
      star = sign++;
      from = place;
    } else if (wanted !== undefined && (wanted === "?" || wanted(text[place] ?? ""))) {
      sign += 1;
      place += 1;
    } else if (star === -1) return false;
    else {
      sign = star + 1;
      place = ++from;
    }
  }
  return signs.slice(sign).every((rest) => rest === "*");
}

function signsOf(part: string, dialect: CodeOwnersDialect): Sign[] {
  const signs: Sign[] = [];
  const characters = Array.from(part);
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? "";
    const end = character === "[" && dialect === "gitlab" ? characters.indexOf("]", index + 2) : -1;
    if (character === "*") {
      if (signs.at(-1) !== "*") signs.push("*");
    } else if (character === "?") signs.push("?");
    else if (end > 0) {
      signs.push(classOf(characters.slice(index + 1, end)));
      index = end;
    } else {
      const literal = character === "\\" ? (characters[(index += 1)] ?? "\\") : character;
      signs.push((one) => one === literal);
    }
  }
  return signs;
}

/** `[a-z_]`, `[!0-9]` */
function classOf(written: readonly string[]): (character: string) => boolean {
  const isInverted = written[0] === "!" || written[0] === "^";
  const members = isInverted ? written.slice(1) : written;
  const ranges: (readonly [string, string])[] = [];
  for (let index = 0; index < members.length; index += 1) {
    const from = members[index] ?? "";
    const to = members[index + 1] === "-" ? members[index + 2] : undefined;
    ranges.push([from, to ?? from]);
    if (to !== undefined) index += 2;
  }
  return (character) => ranges.some(([from, to]) => character >= from && character <= to) !== isInverted;
}

/**
 * The parts of a list that is given as text: apart at commas, but not at those in braces, which belong to a pattern.
 * @example splitList("unit/*.{test,spec}.ts,e2e") // ["unit/*.{test,spec}.ts", "e2e"]
 */
export function splitList(text: string): string[] {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    // A brace that is never closed is a character of a name.
    if (character === "{" && text.includes("}", index)) depth += 1;
    if (character === "}" && depth > 0) depth -= 1;
    if (character === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  return [...parts, part].map((each) => each.trim()).filter((each) => each !== "");
}

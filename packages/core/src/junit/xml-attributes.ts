import { cutText } from "../model/case.ts";
import { stripAnsi } from "../model/plain-text.ts";
import { escapeAttribute } from "./xml-text.ts";

/** Characters of an attribute's value. */
export const attributeLimit = 4000;

/** Attributes as they stand in a tag, each after a space; those without a value are left out. */
export function attributes(values: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(values)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => ` ${name}="${escapeAttribute(cutText(stripAnsi(value), attributeLimit + 200))}"`)
    .join("");
}

/** JUnit's seconds, never with an exponent. */
export function seconds(duration_ms: number): string {
  return (duration_ms / 1000).toFixed(3);
}

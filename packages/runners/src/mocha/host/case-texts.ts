import { inspect, stripVTControlCharacters } from "node:util";
import { cut } from "../../process/host-channel.ts";
import type { BaseReporter } from "./mocha-api.ts";

const textLimit = 65_536;
const causeDepthLimit = 8;

/** The first line for people; stack, diff and causes for whoever digs. */
export function describeError(error: unknown, base: BaseReporter): { message: string; details: string } {
  return { message: cut(messageOf(error), textLimit), details: cut(detailsOf(error, base, 0), textLimit) };
}

export function messageOf(error: unknown): string {
  if (typeof error === "string") return stripVTControlCharacters(error);
  const { name, message } = propertiesOf(error);
  if (typeof message !== "string" || message === "") return stripVTControlCharacters(inspect(error));
  const said = stripVTControlCharacters(message);
  const isPlain = typeof name !== "string" || name === "" || name === "Error" || name.startsWith("AssertionError");
  return isPlain || said.startsWith(name) ? said : `${name}: ${said}`;
}

/** Whether mocha gave up waiting. */
export function isTimeout(error: unknown): boolean {
  return propertiesOf(error)["code"] === "ERR_MOCHA_TIMEOUT";
}

function detailsOf(error: unknown, base: BaseReporter, depth: number): string {
  const { stack, actual, expected, cause } = propertiesOf(error);
  const parts = [typeof stack === "string" && stack !== "" ? stack : messageOf(error)];
  // By now mocha has made texts of both sides.
  if (base.showDiff(error) && typeof actual === "string" && typeof expected === "string")
    parts.push(base.generateDiff(actual, expected));
  if (cause !== undefined && depth < causeDepthLimit) parts.push(`Caused by: ${detailsOf(cause, base, depth + 1)}`);
  return stripVTControlCharacters(parts.join("\n\n"));
}

function propertiesOf(error: unknown): Record<string, unknown> {
  return typeof error === "object" && error !== null ? (error as Record<string, unknown>) : {};
}

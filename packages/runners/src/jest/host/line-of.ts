import { fileURLToPath } from "node:url";

const frame = /^\s*at (?:.*\()?((?:file:\/\/)?[^()]+?):(\d+):\d+\)?$/;

/** The line of the first frame of a stack that lies in this file, from 1. @param path absolute */
export function lineOf(stack: unknown, path: string): number | undefined {
  if (typeof stack !== "string") return undefined;
  for (const text of stack.split("\n")) {
    const [, place = "", line] = frame.exec(text) ?? [];
    if (place === path || (place.startsWith("file://") && pathOfUrl(place) === path)) return Number(line);
  }
  return undefined;
}

function pathOfUrl(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    // Not a file on this machine.
    return undefined;
  }
}

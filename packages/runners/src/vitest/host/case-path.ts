import { cut } from "../../process/cut.ts";

const nameLimit = 4000;
const depthLimit = 64;

/** What a case goes by, cut to what a result may carry. @param names from the outermost suite to the case */
export function toPath(names: readonly string[]): string[] {
  const path = names.map((name) => cut(name, nameLimit));
  if (path.length <= depthLimit) return path;
  const rest = path.slice(depthLimit - 1).join(" > ");
  return [...path.slice(0, depthLimit - 1), rest.slice(0, nameLimit)];
}

/** Tells paths apart, whatever signs are in them. */
export function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

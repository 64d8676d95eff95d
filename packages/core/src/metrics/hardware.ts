import { type Capabilities, hardwareClass } from "../model/requirement.ts";

/** Words of a processor's name that say nothing of how fast it is, or that differ from one system to another. */
const empty = /\((?:r|tm|c)\)|\bcpu\b|\bprocessor\b|\b\d+-core\b|@.*$|\bwith .*$/gi;

/**
 * The group of machines within which measurements are comparable over time: the class that durations are planned by, and the model of
 * processor where it is known. Both stay what they are from day to day, which no clock's reading does.
 * @example "linux-x64-4cpu-amd-epyc-7763"
 */
export function measuringClass(capabilities: Capabilities): string {
  const model = (capabilities.details["processor"] ?? "")
    .toLowerCase()
    .replaceAll(empty, " ")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const known = model === "" || model === "unknown" ? [] : [model.slice(0, 80)];
  return [hardwareClass(capabilities), ...known].join("-");
}

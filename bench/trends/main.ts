import { readNumbers } from "../options.ts";
import { locationCoverage } from "./coverage.ts";
import { delay, falseAlarms, power } from "./generated.ts";
import { readLocated } from "./labelled.ts";
import { scoreLabelled } from "./labelled-scores.ts";
import { speed } from "./speed.ts";

/** Measures the analysis of trends on generated series, and on labelled ones where a folder of them is named. @returns whether all goals are reached */
export function trends(args: string[]): Promise<boolean> {
  const at = args.indexOf("--labelled");
  const folder = at === -1 ? undefined : args[at + 1];
  if (at !== -1 && folder === undefined) throw new Error("--labelled names a folder (docs/trends-method.md)");
  const rest = at === -1 ? args : args.toSpliced(at, 2);
  const numbers = readNumbers("trends [--labelled FOLDER]", rest, { seeds: 1_000, first: 1, series: 10_000 });
  if (numbers === undefined) return Promise.resolve(true);
  const { seeds, first, series } = numbers;
  console.log(`Seeds from ${first}, ${seeds} of them in each cell`);
  const reached = [
    folder === undefined || scoreLabelled(folder),
    falseAlarms(seeds, first),
    power(Math.min(seeds, 400), first, folder === undefined ? [] : readLocated(folder)),
    delay(Math.min(seeds, 400), first),
    locationCoverage(seeds, first),
    speed(series, first),
  ];
  return Promise.resolve(reached.every(Boolean));
}

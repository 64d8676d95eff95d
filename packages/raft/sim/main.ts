/**
 * Looks for what breaks consensus: `npm run sim -- --seeds 10000 [--first 1]` plays seeded worlds, `--scenario NAME` one story, `--mutants`
 * looks for planted bugs.
 */
import { parseArgs } from "node:util";
import { playSeeds } from "./play-seeds.ts";
import { scenarios } from "./scenarios.ts";
import { playRegisters } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "300" },
    first: { type: "string", default: "1" },
    /** Stop at the first violation, and say only which. */
    brief: { type: "boolean", default: false },
    scenario: { type: "string" },
    mutants: { type: "boolean", default: false },
  },
});

if (values.mutants) {
  const { playMutants } = await import("./play-mutants.ts");
  process.exitCode = (await playMutants()) ? 0 : 1;
} else if (values.scenario === undefined) {
  const [first, count] = [Number(values.first), Number(values.seeds)];
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1)
    throw new Error("--seeds and --first are whole numbers");
  process.exitCode = (await playSeeds(playRegisters, first, count, values.brief)) ? 0 : 1;
} else process.exitCode = playScenario(values.scenario) ? 0 : 1;

/** @returns whether it ended as its name says */
function playScenario(name: string): boolean {
  const play = scenarios.get(name);
  if (play === undefined) throw new Error(`no scenario has this name; there are:\n${[...scenarios.keys()].join("\n")}`);
  try {
    play();
  } catch (error) {
    console.log(`scenario: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
  console.log(`${name}: so it is`);
  return true;
}

/**
 * `npm run sim`: worlds of registers, scenarios and planted bugs of consensus, which are told of in `packages/raft/sim/main.ts`; with
 * `--tables` worlds of whole coordinators: `npm run sim -- --tables --seeds 100 [--first 1]`, `--tables --mutants`.
 */
import { parseArgs } from "node:util";

if (process.argv.includes("--tables")) await playTables();
else await import("../../packages/raft/sim/main.ts");

async function playTables(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tables: { type: "boolean" },
      seeds: { type: "string", default: "100" },
      first: { type: "string", default: "1" },
      /** Stop at the first violation, and say only which. */
      brief: { type: "boolean", default: false },
      mutants: { type: "boolean", default: false },
    },
  });
  if (values.mutants) {
    const { playMutants } = await import("./play-mutants.ts");
    process.exitCode = (await playMutants()) ? 0 : 1;
    return;
  }
  const [first, count] = [Number(values.first), Number(values.seeds)];
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1)
    throw new Error("--seeds and --first are whole numbers");
  const { playSeeds } = await import("../../packages/raft/sim/play-seeds.ts");
  const { playCoordinators } = await import("./simulate.ts");
  process.exitCode = (await playSeeds(playCoordinators, first, count, values.brief)) ? 0 : 1;
}

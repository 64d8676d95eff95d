/**
 * Many rounds of one kind: `node test/chaos/main.ts worker|coordinator|cluster 50 [--seed 1]`. Prints each round; exits 1 if any promise
 * broke.
 */
import { parseArgs } from "node:util";
import { clusterRound, type ClusterRound } from "./cluster/round.ts";
import { chaosRound, type Victim } from "./round.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: "string", default: "1" } } });
const [kind = "worker", rounds = "50"] = positionals;
const play = { worker: () => playKills("worker"), coordinator: () => playKills("coordinator"), cluster: playClusters }[kind];
if (play === undefined || !(Number(rounds) > 0) || !Number.isInteger(Number(values.seed)))
  throw new Error("usage: node test/chaos/main.ts worker|coordinator|cluster [rounds] [--seed first]");
const seeds = Array.from({ length: Number(rounds) }, (_, number) => Number(values.seed) + number);
process.exitCode = (await play()) === 0 ? 0 : 1;

/** @returns how many rounds broke a promise */
async function playKills(victim: Victim): Promise<number> {
  let broken = 0;
  const repeated: number[] = [];
  for (const seed of seeds) {
    const begun = performance.now();
    const { report, violations, killedAfter_ms } = await chaosRound(victim, seed).catch((error: unknown) => ({
      report: undefined,
      violations: [String(error)],
      killedAfter_ms: 0,
    }));
    const attempts = report?.tasks?.reduce((sum, task) => sum + task.attempts.length, 0) ?? 0;
    repeated.push(attempts - (report?.tasks?.length ?? 0));
    if (violations.length > 0) broken += 1;
    console.log(
      `seed ${seed}: ${victim} killed after ${killedAfter_ms} ms, run ended ${((performance.now() - begun) / 1000).toFixed(1)} s, ${repeated.at(-1)} attempts repeated${violations.length === 0 ? "" : `, BROKEN: ${violations.join("; ")}`}`,
    );
  }
  const mean = repeated.reduce((sum, value) => sum + value, 0) / repeated.length;
  console.log(`${seeds.length - broken} passed, ${broken} failed; ${mean.toFixed(2)} attempts repeated a round`);
  return broken;
}

async function playClusters(): Promise<number> {
  const done: ClusterRound[] = [];
  for (const seed of seeds) {
    const begun = performance.now();
    const round = await clusterRound(seed);
    done.push(round);
    const { violations, happened, runs, acknowledged, elections, longest_ms, longestWithMajority_ms, kept } = round;
    console.log(
      `seed ${seed}: ${((performance.now() - begun) / 1000).toFixed(0)} s, ${runs} runs, ${acknowledged} attempts acknowledged, ${elections} elections, without a leader for ${seconds(longest_ms)} at most, ${seconds(longestWithMajority_ms)} with a majority${violations.length === 0 ? "" : ", BROKEN:"}`,
    );
    if (violations.length === 0) continue;
    for (const violation of violations) console.log(`  ${violation}`);
    for (const each of happened) console.log(`  what happened: ${each}`);
    console.log(`  outputs are kept in ${kept}`);
  }
  const broken = done.filter(({ violations }) => violations.length > 0).length;
  const sum = (of: (round: ClusterRound) => number): number => done.reduce((total, round) => total + of(round), 0);
  const longest_ms = Math.max(...done.map((round) => round.longestWithMajority_ms));
  console.log(
    `${seeds.length - broken} passed, ${broken} failed; ${sum(({ runs }) => runs)} runs, ${sum(({ elections }) => elections)} elections, at most ${seconds(longest_ms)} without a leader while there was a majority`,
  );
  return broken;
}

function seconds(duration_ms: number): string {
  return `${(duration_ms / 1000).toFixed(1)} s`;
}

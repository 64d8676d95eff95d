/**
 * Many rounds of one kind: `node test/chaos/main.ts worker|coordinator|cluster|faults 50 [--seed 1] [--only fault] [--witness]`. Prints each
 * round; exits 1 if any promise broke. Every third cluster has a witness; with `--witness` each. With `--network namespaces` the coordinators
 * of a cluster are parted by packet filters and not by proxies: on Linux, as root, with `ip` and `nft`.
 */
import { parseArgs } from "node:util";
import { clusterRound, type ClusterRound } from "./cluster/round.ts";
import { faults } from "./faults/faults.ts";
import { faultRound, type FaultRound } from "./faults/round.ts";
import { chaosRound, type Victim } from "./round.ts";

/** Of the attempts that a fault strikes, so many must be named for what it was. */
const rightly = 0.95;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    network: { type: "string", default: "proxies" },
    witness: { type: "boolean", default: false },
  },
});
const network = (["proxies", "namespaces"] as const).find((each) => each === values.network);
const [kind = "worker", rounds = "50"] = positionals;
const play = {
  worker: () => playKills("worker"),
  coordinator: () => playKills("coordinator"),
  cluster: playClusters,
  faults: playFaults,
}[kind];
if (play === undefined || network === undefined || !(Number(rounds) > 0) || !Number.isInteger(Number(values.seed)))
  throw new Error(
    "usage: node test/chaos/main.ts worker|coordinator|cluster|faults [rounds] [--seed first] [--only fault] [--network proxies|namespaces] [--witness]",
  );
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
    const witness = values.witness || seed % 3 === 0 ? Math.floor(seed / 3) % 3 : undefined;
    const round = await clusterRound(seed, { network, witness });
    done.push(round);
    const { violations, happened, runs, acknowledged, elections, longest_ms, longestWithMajority_ms, kept } = round;
    console.log(
      `seed ${seed}: ${((performance.now() - begun) / 1000).toFixed(0)} s, ${witness === undefined ? "" : "two and a witness, "}${runs} runs, ${acknowledged} attempts acknowledged, ${elections} elections, without a leader for ${seconds(longest_ms)} at most, ${seconds(longestWithMajority_ms)} with a majority${violations.length === 0 ? "" : ", BROKEN:"}`,
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

/** Each fault so many times. Prints a table of what became of them. */
async function playFaults(): Promise<number> {
  let broken = 0;
  const lines: string[] = [];
  for (const fault of faults) {
    if (values.only !== undefined && !fault.name.includes(values.only)) continue;
    if (fault.missing !== undefined) {
      lines.push(`| ${fault.name} | 0 | not played: ${fault.missing} | | | | |`);
      continue;
    }
    const rounds: FaultRound[] = [];
    for (const seed of seeds) {
      const round = await faultRound(fault, seed);
      rounds.push(round);
      const { violations, kinds, took_ms } = round;
      if (violations.length > 0) broken += 1;
      const names = kinds.length === 0 ? "struck nothing" : [...new Set(kinds)].join(", ");
      console.log(`${fault.name}, seed ${seed}: ended after ${seconds(took_ms)}, ${kinds.length} attempts: ${names}`);
      for (const violation of violations) console.log(`  BROKEN: ${violation}`);
    }
    const sum = (of: (round: FaultRound) => number): number => rounds.reduce((total, round) => total + of(round), 0);
    const struck = sum(({ kinds }) => kinds.length);
    const named = struck - sum(({ misnamed }) => misnamed);
    const whole = rounds.filter(({ violations }) => violations.length === 0).length;
    const repeated =
      (100 * sum(({ repeated_ms }) => repeated_ms)) /
      Math.max(
        1,
        sum(({ total_ms }) => total_ms),
      );
    const recoveries_ms = rounds.flatMap((round) => round.recoveries_ms).toSorted((a, b) => a - b);
    const middle_ms = recoveries_ms[Math.ceil(recoveries_ms.length / 2) - 1];
    const right = struck === 0 ? "" : `${named} of ${struck} (${((100 * named) / struck).toFixed(0)} %)`;
    lines.push(
      `| ${fault.name} | ${rounds.length} | ${whole} | ${right} | ${repeated.toFixed(1)} % | ${middle_ms === undefined ? "" : seconds(middle_ms)} |`,
    );
    if (struck > 0 && named < rightly * struck) {
      broken += 1;
      console.log(`  BROKEN: ${named} of ${struck} attempts that ${fault.name} struck are named rightly`);
    }
  }
  console.log("\n| fault | injections | runs right | named rightly | work repeated | time to recover, p50 |");
  console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
  for (const line of lines) console.log(line);
  return broken;
}

function seconds(duration_ms: number): string {
  return `${(duration_ms / 1000).toFixed(1)} s`;
}

import { parseArgs } from "node:util";
import { noRecovery, retryOnly } from "./baselines.ts";
import type { Policy } from "./coordinator.ts";
import { type Fault, faults, struckWorld } from "./faults.ts";
import { type Measurement, measurementOf } from "./measure.ts";
import { production } from "./production.ts";
import { type Outcome, simulate } from "./simulate.ts";

/** What the production scheduler is held to. */
const goal = { wrong: 0, makespanRatio: 1.15 };
/** The fault of which the makespan's goal is. */
const held = ["worker killed", "machine lost"];

const usage = `Usage: npm run bench -- recovery [--seeds N] [--first SEED] [--only FAULT] [--worst]

  --seeds N      how many runs are simulated of each fault (100)
  --first SEED   the first of their seeds (1)
  --only FAULT   faults with this in their names
  --worst        also which seeds went wrong, and which took longest, with ours`;

interface Row {
  readonly fault: Fault;
  readonly policy: Policy;
  readonly measured: Measurement;
}

/** Simulates runs that faults strike, under each policy. @returns whether the production scheduler met its goals */
export async function recovery(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: "string", default: "100" },
      first: { type: "string", default: "1" },
      only: { type: "string", default: "" },
      worst: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [count, first] = [Number(values.seeds), Number(values.first)];
  const chosen = faults.filter(({ name }) => name.includes(values.only));
  const isWrong = !Number.isInteger(count) || count < 1 || count > 100_000 || !Number.isInteger(first) || first < 0;
  if (values.help || isWrong || chosen.length === 0) {
    console.log(usage);
    return values.help;
  }
  const ours = production();
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  console.log(`${count} simulated runs of each fault, seeds ${first} to ${first + count - 1}, four workers\n`);
  console.log("| fault | policy | wrong verdicts | files misnamed | wasted work | makespan: mean | p50 | p99 |");
  console.log("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
  const rows: Row[] = [];
  for (const fault of chosen) {
    for (const policy of [noRecovery, retryOnly, ours]) {
      const outcomes = new Map<number, Outcome>();
      for (const seed of seeds) outcomes.set(seed, await simulate(struckWorld(fault, seed), policy));
      const row = { fault, policy, measured: measurementOf(outcomes) };
      rows.push(row);
      console.log(lineOf(row));
      if (values.worst && policy === ours) console.log(worstOf(outcomes));
    }
  }
  const own = rows.filter(({ policy }) => policy === ours);
  const wrong = own.reduce((sum, { measured }) => sum + measured.wrong, 0);
  const lost = own.filter(({ fault }) => held.includes(fault.name));
  console.log("");
  const holds = [say(wrong === goal.wrong, `wrong verdicts ${goal.wrong}: ${wrong} of ${own.length * count}`)];
  for (const { fault, measured } of lost) {
    const what = `makespan, ${fault.name}, at most ${goal.makespanRatio}`;
    holds.push(say(measured.mean <= goal.makespanRatio, `${what}: ${measured.mean.toFixed(3)} on average`));
  }
  return holds.every(Boolean);
}

function lineOf({ fault, policy, measured }: Row): string {
  const { runs, wrong, misnamed, files, wasted, mean, median, p99 } = measured;
  const cells = [
    fault.name,
    policy.name,
    `${wrong} of ${runs}`,
    `${misnamed} of ${files}`,
    `${(100 * wasted).toFixed(1)} %`,
    ...[mean, median, p99].map((ratio) => ratio.toFixed(3)),
  ];
  return `| ${cells.join(" | ")} |`;
}

function worstOf(outcomes: ReadonlyMap<number, Outcome>): string {
  const wrong = [...outcomes].flatMap(([seed, outcome]) => (outcome.wrong === undefined ? [] : [`${seed} (${outcome.wrong})`]));
  const longest = [...outcomes].sort(([, a], [, b]) => b.makespanRatio - a.makespanRatio).slice(0, 5);
  const misnamed = [...outcomes].filter(([, each]) => each.misnamed > 0).sort(([, a], [, b]) => b.misnamed - a.misnamed);
  return [
    `  wrong: ${wrong.join(", ") || "none"}`,
    `  misnamed: ${
      misnamed
        .slice(0, 8)
        .map(([seed, each]) => `${seed} (${each.misnamed})`)
        .join(", ") || "none"
    }`,
    `  longest: ${longest.map(([seed, each]) => `${seed} (${each.makespanRatio.toFixed(2)})`).join(", ")}`,
  ].join("\n");
}

function say(holds: boolean, what: string): boolean {
  console.log(`${holds ? "✓" : "✗"} ${what}`);
  return holds;
}

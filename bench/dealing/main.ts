import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Policy } from "./policy.ts";
import { ours } from "./policies/ours.ts";
import { pullInOrder, pullLongestFirst } from "./policies/pull.ts";
import { splitByCount, splitByHistory } from "./policies/static.ts";
import { measure, type Measurement } from "./measure.ts";
import { poolKinds } from "./scenario.ts";

/** What the production policy is held to, over the bound. */
const goal = { mean: 1.08, p99: 1.2 };

const usage = `Usage: npm run bench -- dealing [--seeds N] [--first SEED] [--pool ${poolKinds.join("|")}] [--parts] [--policy FILE]…

  --seeds N      how many runs are simulated (1000)
  --first SEED   the first of their seeds (1)
  --pool KIND    one kind of pool instead of classes and fleet in turn; the goal is for these two
  --parts        our policy also without each of its parts
  --policy FILE  a policy of your own beside the others: a module whose default export is one (docs/dealing.md)`;

/** Simulates runs under each policy. @returns whether the production policy met its goal */
export async function dealing(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: "string", default: "1000" },
      first: { type: "string", default: "1" },
      pool: { type: "string" },
      parts: { type: "boolean", default: false },
      policy: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", default: false },
    },
  });
  const count = Number(values.seeds);
  const first = Number(values.first);
  const kind = poolKinds.find((known) => known === values.pool);
  const isWrong = !(count >= 1 && count <= 1_000_000) || !Number.isInteger(first) || (values.pool !== undefined && !kind);
  if (values.help || isWrong) {
    console.log(usage);
    return values.help;
  }
  const production = ours();
  const policies = [splitByCount, splitByHistory, pullInOrder, pullLongestFirst, production];
  if (values.parts) policies.push(...withoutParts());
  for (const file of values.policy) policies.push(await policyFrom(file));

  const seeds = Array.from({ length: count }, (_, index) => first + index);
  console.log(`${count} simulated runs, seeds ${first} to ${first + count - 1}, makespan over the lower bound\n`);
  console.log(row("", ["mean", "median", "p95", "p99", "worst", "duplicates"]));
  let met: Measurement | undefined;
  for (const policy of policies) {
    const measured = measure(policy, seeds, kind);
    const { mean, median, p95, p99, worst, duplicates } = measured;
    console.log(row(policy.name, [...[mean, median, p95, p99, worst].map((ratio) => ratio.toFixed(3)), duplicates.toFixed(1)]));
    if (policy === production) met = measured;
  }
  if (met === undefined) return false;
  console.log(`\nThe worst seed of ours was ${met.worstSeed}.`);
  const holds = [
    say(met.mean <= goal.mean, `mean at most ${goal.mean}: ${met.mean.toFixed(3)}`),
    say(met.p99 <= goal.p99, `p99 at most ${goal.p99}: ${met.p99.toFixed(3)}`),
  ];
  return holds.every(Boolean);
}

function withoutParts(): Policy[] {
  return [
    ours({ name: "  without pace", pace: false }),
    ours({ name: "  without speculation", speculation: false }),
    ours({ name: "  with all slots taken for alike", unlikeSlots: false }),
  ];
}

async function policyFrom(file: string): Promise<Policy> {
  const { default: policy } = (await import(pathToFileURL(resolve(file)).href)) as { default?: Partial<Policy> };
  if (typeof policy?.name !== "string" || typeof policy.begin !== "function")
    throw new Error(`${file} must have a default export with a name and a function begin(pool); see docs/dealing.md`);
  return policy as Policy;
}

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(34)}${cells.map((cell) => cell.padStart(11)).join("")}`;
}

function say(holds: boolean, what: string): boolean {
  console.log(`${holds ? "✓" : "✗"} ${what}`);
  return holds;
}

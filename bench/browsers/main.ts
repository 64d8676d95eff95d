import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { detectBrowsers, type DetectedBrowser } from "@shardwright/browsers";
import { goal, quantile, readNumbers } from "../options.ts";
import { servePage } from "./page.ts";
import { byRunner } from "./runner-side.ts";
import { byPlaywright, freshEach, memoryOfContext, type Scene, type Taken, throughPool } from "./sides.ts";

const defaults = { tasks: 32, slots: 2, rounds: 3, fresh: 12, contexts: 8, minutes: 5 };
type Numbers = typeof defaults;

/** How much faster the warm pool is than a browser for each task, and how much slower than Playwright's runner at most. */
const goals = { faster: 5, slower: 1.1 };

type Side = "pool" | "playwright" | "fresh" | "runner" | "traced";
type Rates = Readonly<Record<Side | "warm", number>>;

const titles: Readonly<Record<Side, string>> = {
  pool: "the pool, from its start",
  playwright: "Playwright's runner",
  fresh: "one for each task",
  runner: "our runner, trace on failure",
  traced: "Playwright's, trace on failure",
};
const sides = Object.keys(titles) as Side[];

/** A program, and what each side took in it so far. */
interface Measured {
  readonly name: string;
  readonly scene: Scene;
  readonly taken: Readonly<Record<Side, (Taken & { readonly count: number })[]>>;
}

/** `--browser` besides the numbers: one kind alone. */
export async function browsers(args: string[]): Promise<boolean> {
  const at = args.indexOf("--browser");
  const { values } = parseArgs({ args: at < 0 ? [] : args.slice(at, at + 2), options: { browser: { type: "string" } } });
  const numbers = readNumbers("browsers [--browser KIND]", at < 0 ? args : args.toSpliced(at, 2), defaults);
  if (numbers === undefined) return true;
  const found = await installed(values.browser);
  if (found.length === 0) throw new Error("there is no such browser here");
  const { tasks, slots, rounds, fresh, minutes } = numbers;
  console.log(
    `${tasks} tasks (${fresh} with a browser for each), ${slots} slots; medians of ${rounds} rounds, as many as fit in ${minutes} minutes ` +
      `for each kind; ${availableParallelism()} processors\n`,
  );
  const page = await servePage();
  try {
    let holds = true;
    for (const browser of found) holds = (await measureKind(browser, page.url, numbers)) && holds;
    return holds;
  } finally {
    page.close();
  }
}

/** The browser, and its headless shell where there is one: in turns, so that what else the machine does meets both. */
async function measureKind(browser: DetectedBrowser, url: string, numbers: Numbers): Promise<boolean> {
  const { headlessShell, kind } = browser;
  const whole = begin(kind, { browser, url, slots: numbers.slots });
  const shellScene = { browser: { ...browser, executable: headlessShell ?? "" }, url, slots: numbers.slots };
  const shell = headlessShell === undefined ? undefined : begin(`${kind}'s headless shell`, shellScene);
  const programs = shell === undefined ? [whole] : [whole, shell];
  const end_ms = performance.now() + numbers.minutes * 60_000;
  let longest_ms = 0;
  for (let round = 0; round < numbers.rounds && (round === 0 || performance.now() + longest_ms < end_ms); round += 1) {
    const began_ms = performance.now();
    for (const program of programs) await playRound(program, round, numbers);
    longest_ms = Math.max(longest_ms, performance.now() - began_ms);
  }
  const wholeRates = await show(whole, numbers.contexts);
  const shellRates = shell === undefined ? undefined : await show(shell, numbers.contexts);
  return judge(kind, wholeRates, shellRates);
}

function begin(name: string, scene: Scene): Measured {
  return { name, scene, taken: { pool: [], playwright: [], fresh: [], runner: [], traced: [] } };
}

const runs: Readonly<Record<Side, (scene: Scene, tasks: number) => Promise<Taken>>> = {
  pool: throughPool,
  playwright: byPlaywright,
  fresh: freshEach,
  runner: byRunner,
  traced: (scene, tasks) => byPlaywright(scene, tasks, true),
};

/** Each round begins with another side. */
async function playRound({ name, scene, taken }: Measured, round: number, { tasks, fresh }: Numbers): Promise<void> {
  for (let turn = 0; turn < sides.length; turn += 1) {
    const side = sides[(turn + round) % sides.length] ?? "pool";
    const count = side === "fresh" ? fresh : tasks;
    const one = { ...(await runs[side](scene, count)), count };
    taken[side].push(one);
    console.error(`    ${name}, round ${round + 1}, ${side}: ${rateOf(one).toFixed(2)} tasks/s`);
  }
}

async function show({ name, scene, taken }: Measured, contexts: number): Promise<Rates> {
  console.log(name);
  const rates = sides.map((side): [Side, number] => {
    const each = taken[side].map(rateOf);
    const rate = quantile(each, 0.5);
    const each_ms = taken[side].flatMap(({ processor_ms, count }) => (processor_ms === undefined ? [] : [processor_ms / count]));
    const processor = each_ms.length === 0 ? "" : `  ${(quantile(each_ms, 0.5) / 1000).toFixed(2)} s of processor a task`;
    console.log(
      `  ${titles[side].padEnd(30)} ${rate.toFixed(2).padStart(6)} tasks/s  (${each.map((one) => one.toFixed(2)).join(", ")})${processor}`,
    );
    return [side, rate];
  });
  const warmRates = taken.pool.flatMap(({ warmRate }) => warmRate ?? []);
  const warm = quantile(warmRates, 0.5);
  console.log(
    `  ${"the pool, once it is warm".padEnd(30)} ${warm.toFixed(2).padStart(6)} tasks/s  (${warmRates.map((one) => one.toFixed(2)).join(", ")})`,
  );
  const memory_bytes = await memoryOfContext(scene, contexts);
  if (memory_bytes !== undefined)
    console.log(`  one more context with a page   ${Math.round(memory_bytes / 1024 ** 2)} MB (${contexts} in one browser)`);
  return { ...(Object.fromEntries(rates) as Record<Side, number>), warm };
}

/** With the same program on both sides; and, where there is a shell, beside the whole browser that each test would start otherwise. */
function judge(kind: string, whole: Rates, shell: Rates | undefined): boolean {
  const title = `whole ${kind}`;
  const judged = [judgeSlower(`in a ${title}`, whole), judgeFaster(`${title} for each, in the same`, whole.warm, whole.fresh)];
  if (shell !== undefined)
    judged.push(
      judgeSlower("in the shell", shell),
      judgeFaster("shell for each, in the same", shell.warm, shell.fresh),
      judgeFaster(`${title} for each, in the shell`, shell.warm, whole.fresh),
    );
  return judged.every(Boolean);
}

function judgeFaster(what: string, warm: number, fresh: number): boolean {
  return goal(warm >= goals.faster * fresh, `the warm pool: ${(warm / fresh).toFixed(1)} × a ${what} (goal: ${goals.faster})`);
}

/** Both with what they keep, and both without. */
function judgeSlower(where: string, { pool, playwright, runner, traced }: Rates): boolean {
  const pairs = [
    { what: "the pool", share: playwright / pool },
    { what: "our runner, with traces,", share: traced / runner },
  ];
  const judged = pairs.map(({ what, share }) =>
    goal(
      share <= goals.slower,
      `${what} takes ${share.toFixed(2)} × what Playwright's runner takes, ${where} (goal: ${goals.slower} at most)`,
    ),
  );
  return judged.every(Boolean);
}

function rateOf({ wall_ms, count }: Taken & { readonly count: number }): number {
  return (1000 * count) / wall_ms;
}

/** The first of each kind that Playwright's runner can drive as well. */
async function installed(kind: string | undefined): Promise<DetectedBrowser[]> {
  const { browsers: found } = await detectBrowsers();
  return ["chromium", "firefox"]
    .filter((one) => kind === undefined || kind === one)
    .flatMap((one) => found.find((browser) => browser.kind === one) ?? []);
}

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { detectBrowsers, type DetectedBrowser } from "@shardwright/browsers";
import { goal, quantile, readNumbers } from "../options.ts";
import { servePage } from "./page.ts";
import { byRunner } from "./runner-side.ts";
import { byPlaywright, freshEach, memoryOfContext, type Scene, type Taken, throughPool } from "./sides.ts";

const defaults = { tasks: 40, slots: 2, rounds: 3, fresh: 40, contexts: 8 };

/** How much faster than a browser for each task, and how much slower than Playwright's runner at most. */
const goals = { faster: 5, slower: 1.1 };

type Side = "pool" | "playwright" | "fresh" | "runner" | "traced";
type Rates = Readonly<Record<Side, number>>;

const titles: Readonly<Record<Side, string>> = {
  pool: "the pool, from its start",
  playwright: "Playwright's runner",
  fresh: "one for each task",
  runner: "our runner, trace on failure",
  traced: "Playwright's, trace on failure",
};

/** `--browser` besides the numbers: one kind alone. */
export async function browsers(args: string[]): Promise<boolean> {
  const at = args.indexOf("--browser");
  const { values } = parseArgs({ args: at < 0 ? [] : args.slice(at, at + 2), options: { browser: { type: "string" } } });
  const numbers = readNumbers("browsers [--browser KIND]", at < 0 ? args : args.toSpliced(at, 2), defaults);
  if (numbers === undefined) return true;
  const found = await installed(values.browser);
  if (found.length === 0) throw new Error("there is no such browser here");
  console.log(
    `${numbers.tasks} tasks, ${numbers.slots} slots, medians of ${numbers.rounds} rounds; ${availableParallelism()} processors\n`,
  );
  const page = await servePage();
  try {
    let holds = true;
    for (const browser of found) {
      const scene = { url: page.url, slots: numbers.slots };
      const whole = await measure({ ...scene, browser }, browser.kind, numbers);
      holds = whole.holds && holds;
      if (browser.headlessShell === undefined) continue;
      const shell = { ...browser, executable: browser.headlessShell };
      const small = await measure({ ...scene, browser: shell }, `${browser.kind}'s headless shell`, numbers);
      holds = small.holds && holds;
      console.log(
        `  the pool, which takes the shell: ${(small.rates.pool / whole.rates.fresh).toFixed(1)} × a whole ${browser.kind} for each task, ` +
          `${(small.rates.pool / whole.rates.playwright).toFixed(1)} × Playwright's runner in it`,
      );
    }
    return holds;
  } finally {
    page.close();
  }
}

async function measure(
  scene: Scene,
  name: string,
  { tasks, rounds, fresh, contexts }: typeof defaults,
): Promise<{ rates: Rates; holds: boolean }> {
  const sides = [
    { side: "pool", count: tasks, run: throughPool },
    { side: "playwright", count: tasks, run: byPlaywright },
    { side: "fresh", count: fresh, run: freshEach },
    { side: "runner", count: tasks, run: byRunner },
    { side: "traced", count: tasks, run: (place: Scene, count: number) => byPlaywright(place, count, true) },
  ] as const;
  const taken: Record<Side, (Taken & { readonly count: number })[]> = {
    pool: [],
    playwright: [],
    fresh: [],
    runner: [],
    traced: [],
  };
  // Each round begins with another side.
  for (let round = 0; round < rounds; round += 1)
    for (let turn = 0; turn < sides.length; turn += 1) {
      const { side, count, run } = sides[(turn + round) % sides.length] ?? sides[0];
      const one = { ...(await run(scene, count)), count };
      taken[side].push(one);
      console.error(`    ${name}, round ${round + 1}, ${side}: ${rateOf(one).toFixed(2)} tasks/s`);
    }
  const memory_bytes = await memoryOfContext(scene, contexts);
  console.log(name);
  const show = (side: Side): number => {
    const rates = taken[side].map(rateOf);
    const rate = quantile(rates, 0.5);
    const each_ms = taken[side].flatMap(({ processor_ms, count }) => (processor_ms === undefined ? [] : [processor_ms / count]));
    const processor = each_ms.length === 0 ? "" : `  ${(quantile(each_ms, 0.5) / 1000).toFixed(2)} s of processor a task`;
    console.log(
      `  ${titles[side].padEnd(30)} ${rate.toFixed(2).padStart(6)} tasks/s  (${rates.map((each) => each.toFixed(2)).join(", ")})${processor}`,
    );
    return rate;
  };
  const rates = {
    pool: show("pool"),
    playwright: show("playwright"),
    fresh: show("fresh"),
    runner: show("runner"),
    traced: show("traced"),
  };
  if (memory_bytes !== undefined)
    console.log(`  one more context with a page   ${Math.round(memory_bytes / 1024 ** 2)} MB (${contexts} in one browser)`);
  return { rates, holds: judge(rates) };
}

function judge({ pool, playwright, fresh }: Rates): boolean {
  const isFaster = goal(pool >= goals.faster * fresh, `${(pool / fresh).toFixed(1)} × one for each task (goal: ${goals.faster})`);
  const share = playwright / pool;
  return (
    goal(share <= goals.slower, `takes ${share.toFixed(2)} × what Playwright's runner takes (goal: ${goals.slower} at most)`) &&
    isFaster
  );
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

import { existsSync, realpathSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { DetectedBrowser } from "@shardwright/browsers";
import { goal, quantile, readNumbers } from "../options.ts";
import { servePage } from "./page.ts";
import { byPlaywright, freshEach, memoryOfContext, type Scene, throughPool } from "./sides.ts";

const defaults = { tasks: 40, slots: 2, rounds: 3, fresh: 8, contexts: 8 };

/** How much faster than a browser for each task, and how much slower than Playwright's runner at most. */
const goals = { faster: 5, slower: 1.1 };

/** `--browser` besides the numbers: one kind alone. */
export async function browsers(args: string[]): Promise<boolean> {
  const at = args.indexOf("--browser");
  const { values } = parseArgs({ args: at < 0 ? [] : args.slice(at, at + 2), options: { browser: { type: "string" } } });
  const numbers = readNumbers("browsers [--browser KIND]", at < 0 ? args : args.toSpliced(at, 2), defaults);
  if (numbers === undefined) return true;
  const found = installed.filter(({ kind }) => values.browser === undefined || values.browser === kind);
  if (found.length === 0) throw new Error("there is no such browser here");
  console.log(
    `${numbers.tasks} tasks, ${numbers.slots} slots, medians of ${numbers.rounds} rounds; ${availableParallelism()} processors\n`,
  );
  const page = await servePage();
  try {
    let holds = true;
    for (const browser of found) holds = (await measure({ browser, url: page.url, slots: numbers.slots }, numbers)) && holds;
    return holds;
  } finally {
    page.close();
  }
}

async function measure(scene: Scene, { tasks, rounds, fresh, contexts }: typeof defaults): Promise<boolean> {
  const rates: Record<"pool" | "fresh" | "playwright", number[]> = { pool: [], fresh: [], playwright: [] };
  for (let round = 0; round < rounds; round += 1) {
    // Each round begins with another side.
    const sides = [
      { side: "pool", count: tasks, run: throughPool },
      { side: "playwright", count: tasks, run: byPlaywright },
      { side: "fresh", count: fresh, run: freshEach },
    ] as const;
    for (let turn = 0; turn < sides.length; turn += 1) {
      const { side, count, run } = sides[(turn + round) % sides.length] ?? sides[0];
      const rate = (1000 * count) / (await run(scene, count));
      rates[side].push(rate);
      console.error(`    ${scene.browser.kind}, round ${round + 1}, ${side}: ${rate.toFixed(2)} tasks/s`);
    }
  }
  const memory_bytes = await memoryOfContext(scene, contexts);
  const median = (side: keyof typeof rates) => quantile(rates[side], 0.5);
  const line = (title: string, side: keyof typeof rates) =>
    console.log(
      `  ${title.padEnd(30)} ${median(side).toFixed(2).padStart(6)} tasks/s  (${rates[side].map((rate) => rate.toFixed(2)).join(", ")})`,
    );
  console.log(scene.browser.kind);
  line("the pool, from its start", "pool");
  line("Playwright's runner", "playwright");
  line("a browser for each task", "fresh");
  if (memory_bytes !== undefined)
    console.log(`  one more context with a page   ${Math.round(memory_bytes / 1024 ** 2)} MB (${contexts} in one browser)`);
  const isFaster = goal(
    median("pool") >= goals.faster * median("fresh"),
    `${(median("pool") / median("fresh")).toFixed(1)} × a browser for each task (goal: ${goals.faster})`,
  );
  const share = median("playwright") / median("pool");
  return (
    goal(share <= goals.slower, `takes ${share.toFixed(2)} × what Playwright's runner takes (goal: ${goals.slower} at most)`) &&
    isFaster
  );
}

const installed: readonly DetectedBrowser[] = [
  { kind: "chromium", engine: "chromium", channel: "stable", paths: ["/usr/bin/chromium", "/usr/bin/chromium-browser"] } as const,
  { kind: "firefox", engine: "firefox", channel: "esr", paths: ["/usr/bin/firefox-esr", "/usr/bin/firefox"] } as const,
].flatMap(({ paths, ...browser }) => {
  const executable = paths.find((path) => existsSync(path));
  return executable === undefined ? [] : [{ ...browser, version: "", executable: realpathSync(executable) }];
});

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seeded } from "../seeded.ts";

const preamble = `import fs from "node:fs";
import test from "node:test";
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms * Number(process.env.CHAOS_SLOWNESS ?? 1)));`;

export interface ChaosSuite {
  readonly directory: string;
  readonly files: number;
  /** Names of the cases of each file. */
  readonly cases: ReadonlyMap<string, readonly string[]>;
  /** Files in which a case fails, always. */
  readonly failing: ReadonlySet<string>;
}

/**
 * A node:test suite whose every result is known beforehand: what a run says of it can be checked case by case.
 * @param before what the first case of a file does first; it has `fs` and `wait`
 */
export function writeChaosSuite(
  directory: string,
  seed: number,
  { files = 24, before = () => "" }: { readonly files?: number; readonly before?: (file: string, index: number) => string } = {},
): ChaosSuite {
  const random = seeded(seed);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  const cases = new Map<string, string[]>();
  const failing = new Set<string>();
  for (let index = 0; index < files; index += 1) {
    const file = `part-${String(index).padStart(2, "0")}.test.mjs`;
    const names = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, number) => `case ${number}`);
    const fails = random() < 0.1;
    if (fails) failing.add(file);
    cases.set(file, names);
    const bodies = names.map((name, number) => {
      const wait_ms = Math.floor(random() * 60);
      const failure = fails && number === 0 ? 'throw new Error("as intended");' : "";
      const first = number === 0 ? before(file, index) : "";
      return `test(${JSON.stringify(name)}, async () => { await wait(${wait_ms}); ${first} ${failure} });`;
    });
    writeFileSync(join(directory, file), `${preamble}\n${bodies.join("\n")}\n`);
  }
  return { directory, files, cases, failing };
}

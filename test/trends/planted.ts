import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A repository whose one test measures how much work its code does. */
export interface PlantedRepository {
  readonly folder: string;
  /** Oldest first. */
  readonly commits: readonly string[];
}

export interface PlantOptions {
  readonly commits: number;
  /** From this one on, counted from 0, the code does a fifth more; none when absent. */
  readonly regression?: number;
  /** Those whose code cannot be loaded. */
  readonly broken?: readonly number[];
}

/**
 * The test counts the steps that the code takes, which is real work and the same on every machine, and says that count with noise of 2 %, by
 * `SHARDWRIGHT_METRICS`. The noise is drawn anew for each measurement: its seed is how many there were, by a file outside of the repository.
 */
const testText = `import { appendFileSync, statSync } from "node:fs";
import test from "node:test";
import { work } from "../src/work.mjs";

const noise = process.env.NOISE_FILE;
test("works", () => {
  const steps = work();
  appendFileSync(noise, ".");
  let state = (statSync(noise).size * 2654435761 + 12345) >>> 0;
  const uniform = () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
  uniform();
  const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const value = steps * (1 + 0.02 * normal);
  appendFileSync(process.env.SHARDWRIGHT_METRICS, JSON.stringify({ name: "steps", value, unit: "steps", better: "lower", test: "works" }) + "\\n");
});
`;

const workText = (rounds: number, version: number) => `// Version ${version}.
export function work() {
  let steps = 0;
  for (let round = 0; round < ${rounds}; round += 1) for (let step = 0; step < 10; step += 1) steps += 1;
  return steps;
}
`;

export function plantRepository(folder: string, { commits, regression, broken = [] }: PlantOptions): PlantedRepository {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", ...args], {
      cwd: folder,
      encoding: "utf8",
    }).trim();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  mkdirSync(folder, { recursive: true });
  git("init", "-q", "-b", "main");
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  write(".gitignore", ".shardwright\nshardwright-report\n");
  write("test/work.test.mjs", testText);
  const shas = Array.from({ length: commits }, (_, at) => {
    const rounds = regression !== undefined && at >= regression ? 1200 : 1000;
    write("src/work.mjs", broken.includes(at) ? "this does not load\n" : workText(rounds, at));
    git("add", "-A");
    git("commit", "-q", "-m", `Change ${at}`);
    return git("rev-parse", "HEAD");
  });
  return { folder, commits: shas };
}

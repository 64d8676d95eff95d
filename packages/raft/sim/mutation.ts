import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mutant } from "./mutants.ts";

/** What became of a planted bug. */
export interface Finding {
  readonly isFound: boolean;
  /** The seed that found it, or the scenario; what was tried, if nothing did. */
  readonly by: string;
  /** The rule that was broken, and how. */
  readonly what: string;
}

/** Longest run of one mutant. */
const limit_ms = 300_000;

/** What is copied for a hunt, and how it is begun there. */
export interface Ground {
  readonly root: string;
  /** Files and folders that are copied, relative to the root. */
  readonly parts: readonly string[];
  /** Folders that are used as they are. */
  readonly links: readonly string[];
  /** Where the files of a mutant are named from. */
  readonly source: string;
  /** What plays seeds, and what it is told. */
  readonly command: readonly [script: string, ...options: string[]];
}

const consensus: Ground = {
  root: join(import.meta.dirname, ".."),
  parts: ["src", "sim", "package.json"],
  links: [],
  source: "src",
  command: [join("sim", "main.ts")],
};

/**
 * Plants a bug in a copy of the source, and plays seeds or a scenario there.
 * @throws Error when a patch does not fit the source exactly once, or the copy does not run
 */
export async function hunt(mutant: Mutant, { seeds, scenario }: Mutant["foundBy"], ground = consensus): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), "mutant-"));
  try {
    const { root, parts, links, source, command } = ground;
    for (const part of parts) await cp(join(root, part), join(folder, part), { recursive: true });
    for (const link of links) await symlink(join(root, link), join(folder, link), "junction");
    await plant(mutant, join(folder, source));
    const [script, ...options] = command;
    return scenario === undefined
      ? await look(join(folder, script), [...options, "--seeds", String(seeds)], `seeds 1 to ${seeds}`)
      : await look(join(folder, script), [...options, "--scenario", scenario], `scenario “${scenario}”`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Changes the source text in a folder. */
async function plant({ name, patches }: Mutant, source: string): Promise<void> {
  for (const { file, find, replace } of patches) {
    const path = join(source, file);
    const text = await readFile(path, "utf8");
    const [before = "", after, ...more] = text.split(find);
    if (after === undefined || more.length > 0)
      throw new Error(`mutant "${name}": ${file} has this ${after === undefined ? "nowhere" : "more than once"}: ${find}`);
    await writeFile(path, before + replace + after);
  }
}

async function look(script: string, options: readonly string[], what: string): Promise<Finding> {
  const { code, output, errors } = await run(script, ["--brief", ...options]);
  if (code === 0) return { isFound: false, by: what, what: "" };
  const [, by, said] = /^(seed \d+|scenario): (.*)$/m.exec(output) ?? [];
  if (by === undefined || said === undefined) throw new Error(`it did not run: ${errors || output}`);
  return { isFound: true, by: by === "scenario" ? what : by, what: said };
}

function run(script: string, options: readonly string[]): Promise<{ code: number | null; output: string; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...options], { timeout: limit_ms, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output, errors }));
  });
}

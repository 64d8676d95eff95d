import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect } from "vitest";
import { coveragePartFile, coveragePartFolder } from "../coverage-parts.ts";
import type { RunnerSession, SessionTask } from "../runner.ts";
import { runIn } from "./test-folder.ts";

/** Modules of which a test runs a part, in CommonJS. */
export const halfCovered = {
  "src/sum.js": `
exports.sum = (a, b) => {
  if (b === 0) {
    return a;
  }
  return a + b;
};
exports.never = () => "never";
`,
  "src/alone.js": "exports.alone = (of) => (of > 1 ? 1 : 2);\n",
};

/** Where what is measured lies during a test: what the session keeps of one attempt, and what of all of them is to be joined. */
export const keptIn = (scratch: string) => join(scratch, "kept");
const partsIn = (scratch: string) => join(scratch, "parts");

/** Runs each file in the same session, which keeps what it covers in `keptIn`. @returns the folder with what each has left */
export async function measureIn(
  session: RunnerSession,
  scratch: string,
  ...tasks: readonly (string | Partial<SessionTask>)[]
): Promise<string> {
  const parts = partsIn(scratch);
  await mkdir(parts);
  for (const [index, task] of tasks.entries()) {
    const [ran] = await runIn(session, task);
    expect(ran?.result).toEqual({ outcome: "passed" });
    await cp(join(keptIn(scratch), coveragePartFolder, coveragePartFile), join(parts, `${index}.gz`));
  }
  expect(await session.close("graceful")).toBeUndefined();
  return parts;
}

/** What a file comes to that has passed, and whose coverage cannot be kept. */
export const notKept = {
  outcome: "errored",
  failure: { kind: "runner-error", message: expect.stringContaining("could not be kept") as string },
};

/** A project as another machine would have it: elsewhere. */
export async function copyTo(scratch: string, project: string): Promise<string> {
  const elsewhere = join(scratch, "elsewhere");
  await cp(project, elsewhere, { recursive: true, filter: (path) => !path.includes("node_modules") });
  await symlink(join(project, "node_modules"), join(elsewhere, "node_modules"), "junction");
  return elsewhere;
}

interface Final {
  readonly s: Readonly<Record<string, number>>;
  readonly f: Readonly<Record<string, number>>;
}

/** What has run of each source, by istanbul's report: how often depends on the number of processes. */
export async function hitsIn(folder: string): Promise<Readonly<Record<string, object>>> {
  const final = JSON.parse(await readFile(join(folder, "coverage/coverage-final.json"), "utf8")) as Record<string, Final>;
  const hits = (counts: Final["s"]) => Object.values(counts).map((times) => times > 0);
  const all = Object.entries(final).map(([path, { s, f }]) => [relative(folder, path), { s: hits(s), f: hits(f) }] as const);
  return Object.fromEntries(all.sort(([left], [right]) => (left < right ? -1 : 1)));
}

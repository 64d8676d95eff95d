import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { takeCoverage } from "node:v8";
import { gzipSync } from "node:zlib";
import { coveragePartFile, coveragePartFolder } from "../coverage-parts.ts";
import { cut } from "../process/cut.ts";
import type { TaskOutcome } from "../runner.ts";
import { type Counted, CountedFiles, type CountedPart } from "./keep-counted.ts";
import { takeV8Part, type V8Filter, type V8Part } from "./keep-v8.ts";

// Imports no more than that: each warm process reads it.

export type CoveragePart = V8Part | CountedPart;

/** How a process that serves files says what each of them covers. */
export interface Keeping {
  /** Where it, and the processes that it starts, write what they cover. */
  readonly folder: string;
  /** Of what V8 counts; what nyc's code counts is the project's already. */
  readonly filter?: V8Filter | undefined;
  /** Folder for what is covered after the last file, if anybody looks there. */
  readonly lastParts?: string | undefined;
}

/** @param kept the folder of what attempts leave */
export function keepPart(part: CoveragePart, kept: string): void {
  const folder = join(kept, coveragePartFolder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, coveragePartFile), packed(part));
}

function packed(part: CoveragePart): Buffer {
  return gzipSync(JSON.stringify(part), { level: 1 });
}

/** Keeps what each file covers that this process runs. */
export class CoverageKeeper {
  readonly #keeping: Keeping;
  readonly #workspace: string;
  readonly #counted: CountedFiles;
  /** The tools that this is for know a script's map wherever they find it: only Node by itself asks for it in each file. */
  readonly #told = new Set<string>();
  /** A test may change it, or the environment that its processes get. */
  readonly #kept = process.env["SHARDWRIGHT_ARTIFACTS_DIR"];

  constructor(keeping: Keeping, workspace: string) {
    this.#keeping = keeping;
    this.#workspace = workspace;
    this.#counted = new CountedFiles(workspace);
  }

  /** To be called after each file, with what it comes to by itself. @returns what it comes to */
  keep(outcome: TaskOutcome): TaskOutcome {
    if (this.#kept === undefined) return outcome;
    try {
      keepPart(this.#take(), this.#kept);
      return outcome;
    } catch (error) {
      return withoutCoverage(outcome, error);
    }
  }

  /** Without it less is covered than in one run, never more, and the tests are all reported. */
  keepLast(): void {
    const { lastParts } = this.#keeping;
    if (lastParts === undefined) return;
    try {
      mkdirSync(lastParts, { recursive: true });
      writeFileSync(join(lastParts, ".gitignore"), "*\n");
      const path = join(lastParts, `${hostname()}-${process.pid}-${Date.now()}`);
      writeFileSync(path, packed(this.#take()));
      // Whoever looks there takes what is complete.
      renameSync(path, `${path}.gz`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      process.stderr.write(`What was covered after the last file could not be kept: ${reason}\n`);
    }
  }

  #take(): CoveragePart {
    const { folder, filter } = this.#keeping;
    if (filter === undefined) return this.#counted.take(folder, (globalThis as { __coverage__?: Counted }).__coverage__);
    takeCoverage();
    return takeV8Part(folder, this.#workspace, filter, this.#told);
  }
}

/** What a file comes to whose coverage cannot be kept: that it has failed says more. */
export function withoutCoverage(outcome: TaskOutcome, error: unknown): TaskOutcome {
  if (outcome.outcome === "failed" || outcome.outcome === "errored") return outcome;
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const message = cut(`What the file covered could not be kept: ${reason}`, 4000);
  return { outcome: "errored", failure: { kind: "runner-error", message } };
}

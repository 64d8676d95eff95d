import { mkdtempSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { keepPart, withoutCoverage } from "../measuring/keep.ts";
import { CountedFiles } from "../measuring/keep-counted.ts";
import { takeV8Part } from "../measuring/keep-v8.ts";
import { type Measuring, stopMeasuring } from "../measuring/measuring.ts";
import type { SessionOptions, TaskOutcome } from "../runner.ts";
import type { TestProcess } from "./test-process.ts";

/** Keeps what the process of each file covers, and those that it starts: each writes that into a folder of its own. */
export class ProcessCoverage {
  readonly #measuring: Measuring;
  readonly #workspace: string;
  readonly #kept: string | undefined;
  readonly #counted: CountedFiles;
  readonly #folders = new WeakMap<TestProcess, string>();

  constructor({ workspace, environment }: SessionOptions, measuring: Measuring) {
    this.#measuring = measuring;
    // As the processes name their files.
    this.#workspace = realpathSync.native(workspace);
    this.#kept = environment["SHARDWRIGHT_ARTIFACTS_DIR"];
    this.#counted = new CountedFiles(this.#workspace);
  }

  /** @param start given what the process is to have in its environment */
  follow(start: (measured: Readonly<Record<string, string>>) => TestProcess): TestProcess {
    const folder = mkdtempSync(join(this.#measuring.keeping.folder, "process-"));
    const process = start(this.#measuring.environmentFor(folder));
    this.#folders.set(process, folder);
    return process;
  }

  /** To be called when it has ended, with what its file comes to by itself. @returns what it comes to */
  keep(process: TestProcess, outcome: TaskOutcome): TaskOutcome {
    const folder = this.#folders.get(process);
    if (folder === undefined || this.#kept === undefined) return outcome;
    const { filter } = this.#measuring.keeping;
    try {
      keepPart(filter === undefined ? this.#counted.take(folder) : takeV8Part(folder, this.#workspace, filter), this.#kept);
      return outcome;
    } catch (error) {
      return withoutCoverage(outcome, error);
    } finally {
      // What still runs may write there.
      void rm(folder, { recursive: true, force: true }).catch(() => {});
    }
  }

  /** To be called when all processes have ended. */
  async close(): Promise<void> {
    await stopMeasuring(this.#measuring);
  }
}

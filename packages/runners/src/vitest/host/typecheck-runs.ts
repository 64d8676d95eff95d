import type { TestModule, TestProject, Vitest } from "vitest/node";
import type { ReportedError } from "./case-results.ts";

/** What a run of vitest came to. */
export interface FinishedRun {
  readonly modules: readonly TestModule[];
  readonly unhandled: readonly ReportedError[];
}

/**
 * Type checks, one for each project: the compiler looks at all files at once. Asked for one file after the other, vitest would blame the
 * first for what is wrong in the others, and would not check those at all.
 */
export class TypecheckRuns {
  readonly #vitest: Vitest;
  readonly #lastRun: () => FinishedRun;
  readonly #runs = new Map<TestProject, { readonly files: ReadonlySet<string>; readonly run: FinishedRun }>();

  /** @param lastRun what the last run came to */
  constructor(vitest: Vitest, lastRun: () => FinishedRun) {
    this.#vitest = vitest;
    this.#lastRun = lastRun;
  }

  /** The run that checked this file among its project's others. @param path absolute */
  async including(path: string, project: TestProject): Promise<FinishedRun> {
    const known = this.#runs.get(project);
    if (known?.files.has(path) === true) return known.run;
    const { typecheckTestFiles } = await project.globTestFiles();
    const files = new Set([...typecheckTestFiles, path]);
    // A checker that is there is taken to have checked already.
    Object.assign(project, { typechecker: undefined });
    await this.#vitest.runTestSpecifications(
      [...files].map((file) => project.createSpecification(file, undefined, "typescript")),
    );
    const run = this.#lastRun();
    this.#runs.set(project, { files, run });
    return run;
  }
}

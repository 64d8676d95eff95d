import { createHash, randomUUID } from "node:crypto";
import { type Suite, type VictimOutcome, manifestText } from "@shardwright/core";
import type { OrderedCommand } from "@shardwright/runners";
import type { SuiteConfig } from "../config/file.ts";
import type { Configuration } from "../config/resolve.ts";
import type { Manifest } from "../run/discover.ts";
import { type RunRequest, runSuites } from "../run/run-suites.ts";
import type { RunView } from "../view/view.ts";
import type { Candidate } from "./candidates.ts";
import { type Victim, inSuite, outcomeIn } from "./victim.ts";

/** Sets tried in one run at most: a run has so many suites. */
const setsLimit = 200;

export interface TrialOptions {
  readonly configuration: Configuration;
  readonly suite: SuiteConfig;
  readonly victim: Victim;
  readonly command: OrderedCommand;
  readonly request: Pick<RunRequest, "directory" | "environment" | "runners" | "signal">;
}

/** Runs sets of candidates before the victim, each in one process, on whatever workers are free. */
export class Trials {
  readonly #options: TrialOptions;
  rounds = 0;

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  /** @returns what became of the victim after each. @throws what `runSuites` does */
  async run(sets: readonly (readonly Candidate[])[]): Promise<VictimOutcome[]> {
    const outcomes: VictimOutcome[] = [];
    for (let begin = 0; begin < sets.length; begin += setsLimit)
      outcomes.push(...(await this.#runOnce(sets.slice(begin, begin + setsLimit))));
    return outcomes;
  }

  async #runOnce(sets: readonly (readonly Candidate[])[]): Promise<VictimOutcome[]> {
    const { configuration, suite, victim, request } = this.#options;
    this.rounds += 1;
    const { report } = await runSuites({
      ...request,
      configuration: trialConfiguration(configuration, this.#suiteFor([], suite)),
      view: () => silent,
      narrow: (whole) => this.#manifestOf(whole, sets),
    });
    return sets.map((_, index) =>
      outcomeIn(
        report.tasks.find((task) => task.suite === nameOf(index)),
        victim,
      ),
    );
  }

  /** One suite a set: its command names what runs. */
  #manifestOf({ tasks: [only] }: Manifest, sets: readonly (readonly Candidate[])[]): Manifest {
    const { suite } = this.#options;
    if (only === undefined) throw new Error("the victim's file is gone");
    const suites: Suite[] = sets.map((set, index) => {
      const { runner, directory, options } = this.#suiteFor(set, suite);
      return { name: nameOf(index), runner, directory, options };
    });
    const tasks = suites.map(({ name }) => ({ ...only, key: `${name}:${only.file}`, suite: name, side_effects: false }));
    const hash = createHash("sha256").update(manifestText({ tasks, suites })).digest("hex");
    return { suites, tasks, hash };
  }

  #suiteFor(set: readonly Candidate[], suite: SuiteConfig): SuiteConfig {
    const { victim, command } = this.#options;
    const words = [
      ...command.words,
      ...set.map((one) => wordOf(one, suite.directory, command)),
      wordOf(victim, suite.directory, command),
    ];
    // The runner wants to know which word is the file that the task is about.
    words[words.length - 1] = `{file}${(words.at(-1) ?? "").slice(inSuite(victim.file, suite.directory).length)}`;
    return {
      name: nameOf(0),
      runner: "command",
      directory: suite.directory,
      patterns: [],
      directories: [inSuite(victim.file, suite.directory)],
      excludes: [],
      options: { command: words },
      requirements: suite.requirements,
    };
  }
}

/** How a candidate is named on the framework's command line. */
export function wordOf(
  { file, path }: { file: string; path?: readonly string[] | undefined },
  directory: string,
  command: OrderedCommand,
): string {
  const name = inSuite(file, directory);
  return path === undefined || command.nameOf === undefined ? name : command.nameOf(name, path);
}

const nameOf = (index: number) => `order-${index + 1}`;

/** The user's settings, as far as they are about where things run; every attempt counts by itself. */
function trialConfiguration(configuration: Configuration, suite: SuiteConfig): Configuration {
  const { settings } = configuration;
  return {
    ...configuration,
    suites: [suite],
    settings: {
      ...settings,
      runner: undefined,
      suite: undefined,
      command: undefined,
      testPattern: undefined,
      testDir: undefined,
      exclude: undefined,
      artifacts: undefined,
      // The same sets may be run once more: that is no run to be taken up.
      runKey: `order-${randomUUID()}`,
      maxRetries: 0,
      splitFiles: false,
      speculation: false,
    },
  };
}

const silent: RunView = { event() {}, say() {}, end() {} };

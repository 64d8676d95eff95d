import Module, { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { TaskArguments } from "../task-arguments.ts";
import { describeError, messageOf } from "./case-texts.ts";
import { Fixtures } from "./fixtures.ts";
import { type FixturesRun, listIn, type HostConfiguration } from "./load-mocha.ts";
import type { MochaClass, MochaInstance, MochaModules, MochaOptions, MochaRunner } from "./mocha-api.ts";
import { TestFiles } from "./test-files.ts";

/** Short, as it comes after what may be long. */
const remedy = `It runs in each process; to have it run once: globalFixtures: "once" in the suite's options.`;

/** A project's mocha as this process has it: what is required once, and what each file gets anew. */
export class MochaProject {
  readonly options: MochaOptions;
  /** Whether mocha would give each file to a worker of its own. */
  readonly isParallel: boolean;
  readonly Mocha: MochaClass;
  readonly #files: TestFiles;
  readonly #setupFiles: readonly string[];
  readonly #plugins: MochaOptions;
  readonly #hasFixtures: boolean;
  readonly #fixturesRun: FixturesRun;
  readonly fixtures: Fixtures;

  private constructor(modules: MochaModules, options: MochaOptions, plugins: MochaOptions, host: HostConfiguration) {
    const { Mocha } = modules;
    this.Mocha = Mocha;
    this.options = options;
    this.isParallel = isParallel(options);
    this.#plugins = plugins;
    this.#files = new TestFiles(host.mochaRoot);
    this.#fixturesRun = host.globalFixtures ?? (this.isParallel ? "once" : "each");
    const { globalSetup, globalTeardown } = plugins;
    this.#hasFixtures = [globalSetup ?? [], globalTeardown ?? []].flat().length > 0;
    this.fixtures = new Fixtures(new Mocha({ ui: options["ui"], globalSetup, globalTeardown }), Mocha.reporters.Base);
    this.#setupFiles = listIn(options, "file").map((file) => resolve(file));
  }

  /** Makes the process look as mocha's own does, and requires what the project wants required. */
  static async open(modules: MochaModules, options: MochaOptions, host: HostConfiguration): Promise<MochaProject> {
    standInForProgram(host);
    const isWorker = isParallel(options) && host.mode !== "setup";
    if (isWorker) process.env["MOCHA_WORKER_ID"] ??= process.env["SHARDWRIGHT_SLOT"] ?? "0";
    // Mocha's program does so; its workers do not.
    else Error.stackTraceLimit = Number.POSITIVE_INFINITY;
    const plugins = await modules.handleRequires(options["require"]);
    modules.validateLegacyPlugin(options, "ui", modules.Mocha.interfaces);
    return new MochaProject(modules, options, plugins, host);
  }

  /**
   * A mocha for one file. What is overridden decides about a whole run (where to stop, what to watch and write) or would only pretend
   * to run tests.
   */
  create(args: TaskArguments, onRunner: (runner: MochaRunner, options: MochaOptions) => void): MochaInstance {
    const replacesGrep = args.grep !== undefined || args.fgrep !== undefined;
    return new this.Mocha({
      ...this.options,
      ...(replacesGrep ? { grep: args.grep, fgrep: args.fgrep, invert: args.invert } : {}),
      rootHooks: this.#plugins["rootHooks"],
      globalSetup: [],
      globalTeardown: [],
      // No arrow: mocha calls it as a constructor.
      reporter: function Reporter(runner: MochaRunner, options: MochaOptions) {
        onRunner(runner, options);
      },
      parallel: false,
      bail: false,
      dryRun: false,
      failZero: false,
      // As in mocha's own workers, where it would let the other files run on.
      forbidOnly: this.isParallel || this.options["forbidOnly"],
      isWorker: this.isParallel,
    });
  }

  /** Loads what goes before each file, and the file. @param file absolute */
  async load(mocha: MochaInstance, file: string): Promise<void> {
    await this.#files.load(mocha, this.#setupFiles, file);
  }

  /** Whether a file waits for what another process sets up. */
  get waits(): boolean {
    return this.#hasFixtures && this.#fixturesRun === "once";
  }

  /** Sets up what is set up in each process, before its first file. @returns what a fixture threw, and the way out */
  async setUp(): Promise<string | undefined> {
    if (!this.#hasFixtures || this.waits || this.fixtures.areUp) return undefined;
    try {
      await this.fixtures.setUp();
      return undefined;
    } catch (error) {
      const { details } = describeError(error, this.Mocha.reporters.Base);
      return `The global setup failed: ${messageOf(error)}. ${remedy}\n${details}`;
    }
  }
}

/** Whether mocha would have workers. */
export function isParallel({ parallel, jobs }: MochaOptions): boolean {
  return parallel === true && (jobs === undefined || Number(jobs) > 1);
}

/** Some code looks at the arguments, or for the main module, to find out what it is part of. */
function standInForProgram({ mochaRoot, args }: HostConfiguration): void {
  const program = join(mochaRoot, "bin", "mocha.js");
  process.argv = [process.execPath, program, ...args];
  const { type } = createRequire(import.meta.url)(join(mochaRoot, "package.json")) as { type?: string };
  // From mocha 12 on, its program is no CommonJS module either.
  if (type === "module") return;
  const main = new Module(program);
  Object.assign(main, { filename: program, loaded: true, path: dirname(program) });
  Object.assign(process, { mainModule: main });
}

import type { EventEmitter } from "node:events";

/** What is used of mocha, as its versions from 10 on have it in common. */

/** Options as mocha's own loader gives them: by their names on the command line, and in camel case. */
export type MochaOptions = Record<string, unknown>;

/** A test or a hook. */
export interface Runnable {
  readonly title: string;
  readonly type?: string;
  readonly parent?: MochaSuite;
  /** Absolute path of the file that defined it. */
  readonly file?: string;
  readonly duration?: number;
  currentRetry(): number;
  fullTitle(): string;
  /** The test that this one is a further try of. */
  retriedTest?(): Runnable | undefined;
}

export interface MochaSuite extends EventEmitter {
  readonly root: boolean;
  readonly title: string;
  readonly parent?: MochaSuite;
  tests: Runnable[];
  readonly suites: MochaSuite[];
  readonly _beforeAll: readonly unknown[];
  readonly _beforeEach: readonly unknown[];
  readonly _afterAll: readonly unknown[];
  readonly _afterEach: readonly unknown[];
  _onlyTests: Runnable[];
  _onlySuites: MochaSuite[];
  hasOnly(): boolean;
  filterOnly(): boolean;
  eachTest(callback: (test: Runnable) => void): void;
  addTest(test: Runnable): MochaSuite;
  addSuite(suite: MochaSuite): MochaSuite;
  /** Begins what `delay` holds back. */
  run(): void;
}

export interface MochaRunner extends EventEmitter {
  readonly state: "idle" | "running" | "stopped";
  /** The test or hook that runs. */
  readonly currentRunnable?: Runnable;
  /** Begins no other test, and runs the hooks that clear up. */
  abort(): unknown;
}

export interface MochaInstance {
  readonly suite: MochaSuite;
  files: string[];
  readonly options: { readonly grep?: RegExp; readonly invert?: boolean };
  lazyLoadFiles(isLazy: boolean): void;
  loadFilesAsync(): Promise<void>;
  run(onEnd: (failures: number) => void): MochaRunner;
  dispose(): void;
  runGlobalSetup(context: object): Promise<object>;
  runGlobalTeardown(context: object): Promise<object>;
}

export interface MochaClass {
  new (options: MochaOptions): MochaInstance;
  readonly interfaces: Record<string, unknown>;
  readonly reporters: { readonly Base: BaseReporter };
}

export interface BaseReporter {
  new (runner: MochaRunner, options: MochaOptions): unknown;
  showDiff(error: unknown): boolean;
  generateDiff(actual: unknown, expected: unknown): string;
}

/** Modules of mocha's that its package does not hide, and that its own workers are made of. */
export interface MochaModules {
  readonly Mocha: MochaClass;
  /** `lib/cli/options` */
  readonly loadOptions: (args: readonly string[]) => MochaOptions;
  /** `lib/cli/collect-files`: before mocha 10.3 the list alone; before 12 it ends the process when it finds nothing. */
  readonly collectFiles: (wanted: object) => string[] | { files: string[] };
  /** `lib/cli/run-helpers` */
  readonly handleRequires: (modules: unknown) => Promise<MochaOptions>;
  readonly validateLegacyPlugin: (options: MochaOptions, type: "ui", known: Record<string, unknown>) => void;
  /** `lib/cli/node-flags` */
  readonly isNodeFlag: (name: string) => boolean;
  readonly unparseNodeFlags: (flags: MochaOptions) => string[];
}

import type { AttemptOutcome, BrowserPoolFigures, CaseResult, Failure, Metric, Suite, Task } from "@shardwright/core";

/** What a runner can do. The table in the README is made from these records. */
export interface RunnerCapabilities {
  /** What people call it: `Vitest`. */
  readonly title: string;
  /** Cases are reported one by one while a file runs, not at its end. */
  readonly streamsCases: boolean;
  /** One process serves many files. */
  readonly warmProcess: boolean;
  /** Single cases of a file can be selected. */
  readonly selectsCases: boolean;
  /** The cases of a file can be listed without running them, and any group of them run alone: a heavy file can be split. */
  readonly splitsFiles: boolean;
  /** The framework's own configuration decides which files are tests. */
  readonly readsProjectConfiguration: boolean;
  /** The framework's own retries are counted in the results. */
  readonly reportsRetries: boolean;
  /** Cases carry the line they stand at. */
  readonly reportsLines: boolean;
  /** It can be told in which browser a task runs. */
  readonly takesBrowser?: boolean;
  /** Versions it is tested with, in words. */
  readonly versions: string;
}

/** Where a suite lives on this machine. */
export interface SuiteLocation {
  /** Absolute path of the workspace. */
  readonly workspace: string;
  /** The suite's folder, relative to the workspace; `.` for its root. */
  readonly directory: string;
}

/** Where a framework may be in use. */
export interface DetectionLocation extends SuiteLocation {
  /**
   * Folders, relative to the suite's, whose test files are no sign of the framework; `.` for all of it, which leaves what the folder itself is
   * set up with.
   */
  readonly without?: readonly string[];
  /** Only a configuration of the folder's own is a sign: no script that may call the framework as well, and no test file. */
  readonly configured?: true;
}

export interface Selection {
  /** Glob patterns, relative to the suite's folder, that replace the framework's own idea of what a test file is. */
  readonly patterns: readonly string[];
  /** Folders or files, relative to the suite's folder, to which discovery is limited. */
  readonly directories: readonly string[];
  /** Glob patterns to leave out. */
  readonly excludes: readonly string[];
}

export interface DiscoveredFile {
  /** Relative to the workspace, with forward slashes. A folder, where the framework's unit is one. */
  readonly file: string;
  /** The files that make up the task, where `file` does not name the only one: its hash and its size are theirs. */
  readonly sources?: readonly string[];
  /** Tells apart several tasks of one file (a vitest project); part of the task's key. */
  readonly variant?: string;
  readonly args?: readonly string[];
  /** The kind of browser that the task runs in, where it is bound to one: `firefox`. Its worker has to offer it. */
  readonly browser?: string;
  /** What its worker has to have beside what the suite needs: `webgpu`. */
  readonly tags?: readonly string[];
  /** `file` when absent. */
  readonly kind?: Task["kind"];
}

export interface Discovery {
  readonly files: readonly DiscoveredFile[];
  /** Options that `open` needs on whichever machine runs the suite; plain JSON, no absolute paths. */
  readonly options: Suite["options"];
  /** Globs of what its tests leave behind that is kept in any case, beside what the user wants kept; relative to the suite's folder. */
  readonly keeps?: readonly string[];
  /** The configuration says that a run without tests passes. */
  readonly mayBeEmpty?: boolean;
  /** What the project asks of its framework and does not get here, in whole sentences: for people, before the run. */
  readonly notices?: readonly string[];
}

export interface DiscoveryRequest extends SuiteLocation {
  readonly selection: Selection;
  /** Options the user gave for this runner, from flags or the configuration file. */
  readonly options: Suite["options"];
  readonly environment: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface SessionOptions extends SuiteLocation {
  readonly options: Suite["options"];
  /** The complete environment of the test processes: nothing else is passed on. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long what was set up for all files may take to be put in order when the session is closed; `clearingUp_ms` when absent. */
  readonly closeGrace_ms?: number | undefined;
  /**
   * Absolute path of a folder, made when it is needed, for what a session covers after its last file, while what was set up for all of them
   * is put in order: a part, under a name of its own that ends in `.gz`. Absent where nobody will look there.
   */
  readonly lastParts?: string | undefined;
}

/** A case that a file holds, known without running it. */
export interface ListedCase {
  /** As its result will give it: describe blocks first, the case itself last. Cases that share a path run together. */
  readonly path: readonly string[];
  /** From 1. */
  readonly line?: number;
  /** Cases with the same one must stay together: they depend on each other, or on what is set up for all of them at a price. */
  readonly affinity?: string;
}

export interface ListRequest extends SessionOptions {
  /** Relative to the workspace, with forward slashes. */
  readonly file: string;
  /** The task's own arguments, as `discover` gave them. */
  readonly args: readonly string[];
  readonly signal?: AbortSignal;
}

/** Which cases of a file to run; all when none of this is there. Given only to runners that can list cases. */
export interface CaseChoice {
  /** Paths of the only cases to run; never beside `except`. */
  readonly cases?: readonly (readonly string[])[] | undefined;
  /** Paths of the cases to leave out, because other tasks run them: what is not among them runs, whether it was listed or not. */
  readonly except?: readonly (readonly string[])[] | undefined;
  /**
   * Paths of cases that earlier attempts have finished, one for each: they need not run again. Of several with one path, or of cases that
   * depend on each other, either all are left out or none: of those that are reported again, the new results count. A file that does not
   * have one of them is not what it was, and cannot be green.
   */
  readonly finished?: readonly (readonly string[])[] | undefined;
}

/** One task as a session sees it. `id` is the caller's; events carry it back. */
export interface SessionTask extends CaseChoice {
  readonly id: number;
  readonly file: string;
  readonly args: readonly string[];
  /** The kind of browser to run it in, where the task is bound to one. */
  readonly browser?: string | undefined;
}

export interface TaskOutcome {
  readonly outcome: AttemptOutcome;
  /**
   * Present when the outcome is `failed` or `errored`. It is `complete` where nothing is wrong but the cases that were reported as failed,
   * and all others were run and reported as well: a quarantine of these cases may then excuse the file. In doubt it is not.
   */
  readonly failure?: Failure;
  /** What was measured of the task as a whole. */
  readonly metrics?: readonly Metric[];
}

export type RunnerEvent =
  | { readonly type: "started"; readonly id: number }
  /** `dropped`: what the case measured and cannot be reported, as `soundMeasurements` says it; it is told, and costs nothing else. */
  | { readonly type: "case"; readonly id: number; readonly result: CaseResult; readonly dropped?: readonly string[] }
  /** What the test processes print. `id` is absent for what no task is to blame for. */
  | { readonly type: "output"; readonly id?: number; readonly chunk: Uint8Array }
  | { readonly type: "finished"; readonly id: number; readonly result: TaskOutcome };

/**
 * A warm process (or the readiness to start one) that runs tasks of one suite, one batch after the other.
 * A session serves one slot.
 */
export interface RunnerSession {
  /** False once its process died or was killed: open another one. */
  readonly usable: boolean;
  /**
   * Runs the tasks in order. Yields `started`, any number of `case`s, and `finished` for each task, tasks one after the other. When
   * the process dies, the task that ran is finished as `errored` (kind `crash`) and the iteration ends: the tasks after it have no
   * `finished` event and can be run in a new session. Never throws for what tests do.
   */
  execute(tasks: readonly SessionTask[]): AsyncIterable<RunnerEvent>;
  /**
   * Ends the process and all it started: politely, then by force. Safe to call at any time and more than once. With `soon`, which a
   * session may take for `now`, the file that runs is broken off, and what it set up is cleared up, within two seconds.
   * @returns what failed at the very end, when no task ran any more: what was set up for all files could not be put in order again.
   * Nobody else is told of it. After `now`, only what is known already.
   */
  close(mode: "graceful" | "soon" | "now"): Promise<Failure | undefined>;
}

/** How a framework runs chosen tests in one process, one after the other in the order given. */
export interface OrderedCommand {
  /** The program and its arguments, before the tests; `{junit}` stands for where it writes its report. */
  readonly words: readonly string[];
  /** As a user would type it, before the tests: without what only a program needs. */
  readonly typed: readonly string[];
  /** How a test is named on that command line, by its file relative to the suite's folder, and its path in it; undefined: only whole files are. */
  readonly nameOf?: (file: string, path: readonly string[]) => string;
}

/** How a person calls a framework for a suite, before what is to run. */
export interface TypedCommand {
  readonly words: readonly string[];
  /** Variables that are set for it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A run that is over, for what it covered. */
export interface CoverageRequest extends SessionOptions {
  /** Absolute path of a folder with what attempts have left as `coveragePartFile`, under any names, and nothing else. */
  readonly parts: string;
  /** Tests of the suite failed: then some frameworks report nothing. */
  readonly failed: boolean;
  readonly signal?: AbortSignal;
}

export interface CoverageOutcome {
  /** The framework's own report, as it prints it. */
  readonly text: string;
  /** It was held against thresholds. */
  readonly isJudged: boolean;
  /** What the framework fails a run for whose tests have all passed: thresholds that are not met. */
  readonly problems: readonly string[];
}

/** The adapter for one test framework. */
export interface Runner {
  /** Lower case, with dashes: `node-test`. */
  readonly name: string;
  readonly capabilities: RunnerCapabilities;
  /** Discovery adds nothing to a suite's options, or seldom: a session that is opened before it has ended can be used. */
  readonly opensEarly?: boolean;
  /** Its option `args` is what `--test-args` gives each test. */
  readonly takesTestArguments?: boolean;
  /** Globs of what its tests leave behind, relative to the suite's folder: kept where neither flags nor the configuration say what is. */
  readonly keeps?: readonly string[];
  /** Whether the configuration in this folder names others, each with tests of its own: packages, which it then stands for. Reads files only. */
  readonly namesProjects?: (location: SuiteLocation) => Promise<boolean>;
  /** Whether the suite in this folder is this framework's, and how it shows. Reads files only; starts nothing. */
  detect(location: DetectionLocation): Promise<string | undefined>;
  /**
   * Lists the test files, sorted, by the framework's own rules unless the selection replaces them.
   * @throws ShardwrightError `framework-missing`, `discovery-failed`
   */
  discover(request: DiscoveryRequest): Promise<Discovery>;
  /**
   * Lists the cases of one file, in the order they run, without running them.
   * @throws ShardwrightError `framework-missing`, `discovery-failed`
   */
  listCases?(request: ListRequest): Promise<readonly ListedCase[]>;
  /**
   * How tests are run in a chosen order in one process; where a framework has no way, the reason as a sentence.
   * @throws ShardwrightError `framework-missing`
   */
  ordered?(request: SessionOptions): Promise<OrderedCommand | string>;
  /**
   * How a person calls the framework in the suite's folder, where that is not its usual name with the suite's options: by what the project's
   * own script says, in its virtual environment. Reads files at most.
   * @throws ShardwrightError `framework-missing`
   */
  typed?(request: SessionOptions): Promise<TypedCommand>;
  /**
   * Makes the framework's own report of what a suite with the option `coverage` has covered in a whole run, and holds it against the
   * configuration's thresholds. Writes where the configuration says.
   * @throws ShardwrightError `framework-missing`, `coverage-failed`; the signal's reason when it is aborted
   */
  joinCoverage?(request: CoverageRequest): Promise<CoverageOutcome>;
  /** What the browsers do that it lends to tests of this process; undefined where it has lent none. */
  browsers?(): BrowserPoolFigures | undefined;
  /**
   * Starts a session. @throws ShardwrightError `framework-missing` when the framework is not installed on this machine.
   */
  open(options: SessionOptions): Promise<RunnerSession>;
}

/** The key that names a task across runs. */
export function taskKey(suite: string, file: DiscoveredFile): string {
  return file.variant === undefined ? `${suite}:${file.file}` : `${suite}:${file.file}#${file.variant}`;
}

export type { AttemptOutcome, CaseResult, Failure, Suite, Task };

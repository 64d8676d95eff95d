import type { Turns } from "../../process/turns.ts";
import type { TestTraits } from "./test-traits.ts";
import type { WorkerRequest, WorkerStore } from "./worker-facade.ts";
import { WorkerProcess, type WorkerOwner, type WorkerPurpose } from "./worker-process.ts";

export interface KeptWorkersOptions {
  readonly program: string;
  /** Counted from 0: tells apart what runs at the same time on one machine. */
  readonly slot: number;
  /** What the workers have in their environment besides the host's own; null for what they lack of it. */
  readonly changes: Readonly<Record<string, string | null>>;
  /** None is kept when the run of each file is to see its worker's end. */
  readonly keeps: boolean;
}

/** Workers of different projects that wait side by side at most; each may hold a browser. */
const keptLimit = 3;
/** How long a worker may take to tear down. */
const stopGrace_ms = 30_000;

/**
 * Lets Playwright's worker processes outlive the runs of single files, as they outlive the files of one run: a process that has run its
 * tests well serves the next file of the same project and fixtures; one in which a test failed is replaced, as Playwright does. One that
 * holds a fixture of the user's ends with its file, so that the file is judged by that end, too.
 */
export class KeptWorkers implements WorkerStore {
  readonly #options: KeptWorkersOptions;
  readonly #traits = new Map<string, TestTraits>();
  /** The one used last comes last. */
  #kept: WorkerProcess[] = [];
  readonly #all = new Set<WorkerProcess>();
  #blank: WorkerProcess | undefined;
  /** Resolves when the first process has had its turn to start. */
  #turn: Promise<void> = Promise.resolve();
  #count = 0;
  #isClosed = false;
  #ofRun: Readonly<Record<string, string | null>> = {};
  #produced: Record<string, string | null> = {};

  constructor(options: KeptWorkersOptions) {
    this.#options = options;
  }

  /** Starts a process before it is needed, when its turn comes, with the environment that Playwright would give it now. */
  prepare(starts: Turns): void {
    this.#turn = starts.take().then((over) => {
      if (this.#isClosed) return over();
      const colours = { FORCE_COLOR: "1", DEBUG_COLORS: process.env["DEBUG_COLORS"] ?? "1" };
      this.#blank = this.#start(this.#environmentOf({ ...process.env, ...colours }));
      void this.#blank.ready.then(over);
    });
  }

  /** Begins the run of one file. `changes` is what its workers have in their environment besides. */
  begin(changes: Readonly<Record<string, string | null>>): void {
    this.#ofRun = changes;
    this.#produced = {};
    this.#traits.clear();
  }

  /** What the workers of this run have changed in their environment. */
  get produced(): Record<string, string | null> {
    return this.#produced;
  }

  know(testId: string, traits: TestTraits): void {
    this.#traits.set(testId, traits);
  }

  async take(owner: WorkerOwner, { init, testIds, environment: given }: WorkerRequest): Promise<WorkerProcess> {
    const traits = testIds.map((id) => this.#traits.get(id));
    const purpose: WorkerPurpose = {
      // Tests that nothing is known of share their worker with none.
      hash: traits[0]?.hash ?? `unknown ${this.#count}`,
      overrides: init.params.runnerParams.config.configCLIOverrides,
      changes: this.#ofRun,
    };
    const isPlain = traits.every((one) => one?.isPlain === true);
    const kept = this.#kept.find((worker) => worker.serves(purpose));
    if (kept !== undefined) {
      this.#kept = this.#kept.filter((worker) => worker !== kept);
      kept.continueFor(owner);
      return kept;
    }
    await this.#makeRoom();
    await this.#turn;
    if (this.#isClosed) throw new Error("its session is over");
    const environment = this.#environmentOf(given);
    const worker = this.#takeBlank(environment) ?? this.#start(environment);
    worker.isPlain = isPlain;
    this.#count += 1;
    await worker.begin(owner, purpose, init, this.#count - 1, this.#options.slot);
    return worker;
  }

  keep(worker: WorkerProcess): boolean {
    // What a fixture of the user's says when its worker ends counts for the file that used it.
    if (!this.#options.keeps || !worker.isPlain || !worker.mayServeAgain) return false;
    worker.release();
    this.#kept.push(worker);
    return true;
  }

  onProduced(environment: Record<string, string | null>): void {
    Object.assign(this.#produced, environment);
  }

  /** Ends those that wait. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const waiting = [...this.#kept.splice(0), ...(this.#blank === undefined ? [] : [this.#blank])];
    this.#blank = undefined;
    await Promise.all(waiting.map((worker) => worker.stop(stopGrace_ms)));
  }

  /** Ends all of them at once, whatever they do. */
  async kill(): Promise<void> {
    this.#isClosed = true;
    this.#kept = [];
    await Promise.all([...this.#all].map((worker) => worker.kill()));
  }

  #start(environment: NodeJS.ProcessEnv): WorkerProcess {
    const worker = new WorkerProcess(this.#options.program, environment);
    this.#all.add(worker);
    void worker.exited.then(() => this.#all.delete(worker));
    return worker;
  }

  #environmentOf(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const environment = { ...given };
    for (const [name, value] of Object.entries({ ...this.#options.changes, ...this.#ofRun }))
      if (value === null) delete environment[name];
      else environment[name] = value;
    return environment;
  }

  #takeBlank(environment: NodeJS.ProcessEnv): WorkerProcess | undefined {
    const blank = this.#blank;
    this.#blank = undefined;
    if (blank?.isBlankFor(environment) === true) return blank;
    void blank?.stop(0);
    return undefined;
  }

  async #makeRoom(): Promise<void> {
    const kept = this.#kept.filter((worker) => worker.mayServeAgain);
    const excess = kept.splice(0, Math.max(0, kept.length - keptLimit + 1));
    this.#kept = kept;
    await Promise.all(excess.map((worker) => worker.stop(stopGrace_ms)));
  }
}

import { totalmem } from "node:os";
import type { PoolOptions, PoolWorker, TestProject } from "vitest/node";
import { compileCacheFor } from "./compile-cache.ts";
import type { VitestModule } from "./load-vitest.ts";
import { SpareWorker, type StartRequest } from "./spare-worker.ts";
import { WarmWorker, type WorkerShelf } from "./warm-worker.ts";

const poolName = "shardwright";

/** A worker of a `vm` pool that uses more than this part of the memory is replaced, as several slots share the machine. */
const memoryShare = 1 / 8;

/**
 * How many isolated workers wait for files to come. Several, so that what a long file leaves idle is used for the short ones after it.
 */
const spareCount = 3;

/** More slots than this one machine does not have. */
const slotLimit = 64;

type WorkerClass = new (options: PoolOptions) => PoolWorker;

/**
 * Hides the start of vitest's workers: while a file runs in its isolated worker, the next worker boots; workers that the project
 * lets files share live on from run to run, as they do within one run of vitest.
 */
export class WarmPool {
  readonly #vitest: VitestModule;
  readonly #shelves = new Map<TestProject, Shelf>();
  readonly #slot: number;
  #workers = 0;

  /** @param slot the number of the slot that this process serves, from 0 */
  constructor(vitest: VitestModule, slot: number) {
    this.#vitest = vitest;
    this.#slot = slot;
  }

  /**
   * The pool to ask for in the project's specifications, or none where vitest (before 4) or the project's own pool or browser offers
   * no such place: then its files run as they always do.
   */
  poolFor(project: TestProject): string | undefined {
    const Worker = this.#workerClass(project);
    if (Worker === undefined) return undefined;
    if (!this.#shelves.has(project)) {
      const shelf = new Shelf(Worker, {
        environment: compileCacheFor(project.config, process.env),
        reuses: !project.config.isolate || project.config.pool.startsWith("vm"),
        poolId: this.#slot + 1,
        nextWorkerId: () => this.#slot + 1 + slotLimit * this.#workers++,
      });
      this.#shelves.set(project, shelf);
      const runner = { name: poolName, createPoolWorker: (options: PoolOptions) => new WarmWorker(shelf, options) };
      // Where vitest puts a pool that a configuration brings (`test.pool`): the project's own choice stays what it is.
      Object.assign(project.config, { poolRunner: runner });
    }
    return poolName;
  }

  /** @returns what the workers that ran files could not tear down */
  async close(): Promise<unknown[]> {
    return (await Promise.all([...this.#shelves.values()].map((shelf) => shelf.close()))).flat();
  }

  #workerClass(project: TestProject): WorkerClass | undefined {
    const config = project.config as typeof project.config & { poolRunner?: { name: string } };
    if (config.browser.enabled || (config.poolRunner !== undefined && config.poolRunner.name !== poolName)) return undefined;
    switch (config.pool) {
      case "forks":
        return this.#vitest.ForksPoolWorker;
      case "threads":
        return this.#vitest.ThreadsPoolWorker;
      case "vmForks":
        return this.#vitest.VmForksPoolWorker;
      case "vmThreads":
        return this.#vitest.VmThreadsPoolWorker;
      case "browser":
      case "typescript":
      default:
        return undefined;
    }
  }
}

interface ShelfOptions extends Pick<WorkerShelf, "reuses" | "poolId" | "nextWorkerId"> {
  /** For its workers, beside what vitest gives them. */
  readonly environment: Readonly<Record<string, string>>;
}

class Shelf implements WorkerShelf {
  readonly reuses: boolean;
  readonly poolId: number;
  readonly nextWorkerId: () => number;
  readonly memoryLimit_bytes = totalmem() * memoryShare;
  readonly #Worker: WorkerClass;
  readonly #environment: Readonly<Record<string, string>>;
  #spares: SpareWorker[] = [];
  #preparing = false;
  #closed = false;

  constructor(Worker: WorkerClass, { reuses, poolId, nextWorkerId, environment }: ShelfOptions) {
    this.#Worker = Worker;
    this.#environment = environment;
    this.reuses = reuses;
    this.poolId = poolId;
    this.nextWorkerId = nextWorkerId;
  }

  take(options: PoolOptions): SpareWorker {
    for (let spare = this.#spares.shift(); spare !== undefined; spare = this.#spares.shift()) {
      if (spare.serves(options)) return spare;
      void spare.discard();
    }
    return this.launch(options);
  }

  launch(options: PoolOptions): SpareWorker {
    return SpareWorker.launch(this.#worker(options), options);
  }

  prepare(options: PoolOptions, start: StartRequest): void {
    if (this.reuses || this.#preparing) return;
    this.#preparing = true;
    void this.#fill(options, start).finally(() => (this.#preparing = false));
  }

  keep(worker: PoolWorker, options: PoolOptions, start: StartRequest): void {
    const spare = SpareWorker.keep(worker, options, start);
    if (this.#closed) void spare.discard();
    else this.#spares.push(spare);
  }

  async close(): Promise<unknown[]> {
    this.#closed = true;
    const errors = await Promise.all(this.#spares.map((spare) => spare.discard()));
    return errors.filter((error) => error !== undefined);
  }

  #worker(options: PoolOptions): PoolWorker {
    return new this.#Worker({ ...options, env: { ...this.#environment, ...options.env } });
  }

  /** One after the other: the file that runs is not to be slowed by more than one start. */
  async #fill(options: PoolOptions, start: StartRequest): Promise<void> {
    while (!this.#closed && this.#spares.length < spareCount) {
      const spare = SpareWorker.launch(this.#worker(options), options, start);
      this.#spares.push(spare);
      if (!(await spare.booted)) return;
    }
  }
}

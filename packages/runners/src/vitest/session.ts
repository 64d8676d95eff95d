import type { Failure } from "@shardwright/core";
import { z } from "zod";
import { refuse } from "../process/refuse.ts";
import type { Share } from "../process/shares.ts";
import { WarmSession } from "../process/warm-session.ts";
import type { RunnerEvent, RunnerSession, SessionOptions, SessionTask } from "../runner.ts";
import type { HostConfiguration, SetUp } from "./host/load-vitest.ts";
import { hostCommand } from "./listing.ts";
import { Machine } from "./machine.ts";
import { parseTaskArguments, toTaskArguments } from "./task-arguments.ts";

/** What a host says once it has read the configuration. */
const hooksSchema = z.strictObject({
  /** The project of tasks that name none. */
  first: z.string(),
  /** Projects whose files wait for a global set-up. */
  hooked: z.array(z.string()),
  /** Projects whose files run one at a time: `fileParallelism` is off. */
  serial: z.array(z.string()),
});
type Hooks = z.infer<typeof hooksSchema>;

interface ReadyTask extends SessionTask {
  readonly setUp?: SetUp;
  readonly isSerial: boolean;
}

/** A warm process that runs files, and its share in what is set up for all of them. */
export class VitestSession implements RunnerSession {
  readonly #options: SessionOptions;
  readonly #share: Share<Machine>;
  readonly #machine: Machine;
  readonly #warm: WarmSession;
  /** Undefined where the process cannot say so: what is wrong is told with its first task. */
  readonly #hooks: Promise<Hooks | undefined>;
  /** What the process knows to be set up, by project. */
  readonly #told = new Map<string, SetUp>();
  #isSpent = false;
  #closing: Promise<Failure | undefined> | undefined;

  constructor(configuration: HostConfiguration, options: SessionOptions) {
    this.#options = options;
    this.#share = Machine.join(configuration, options.environment);
    this.#machine = this.#share.thing;
    const { promise, resolve } = Promise.withResolvers<Hooks | undefined>();
    this.#hooks = promise;
    this.#warm = new WarmSession(hostCommand(configuration, options.environment), {
      ...options,
      interrupts: "message",
      onNotice: (value) => resolve(hooksSchema.parse(value)),
    });
    void this.#warm.ended.then(() => resolve(undefined));
  }

  get usable(): boolean {
    return this.#warm.usable && !this.#isSpent && this.#closing === undefined;
  }

  async *execute(tasks: readonly SessionTask[]): AsyncGenerator<RunnerEvent> {
    const hooks = await this.#hooks;
    const ready: ReadyTask[] = [];
    for (const task of tasks) {
      const name = hooks === undefined ? undefined : (projectOf(task) ?? hooks.first);
      const isSerial = name !== undefined && hooks?.serial.includes(name) === true;
      if (name === undefined || hooks?.hooked.includes(name) !== true) {
        ready.push({ ...task, isSerial });
        continue;
      }
      const { printed, result } = await this.#machine.setup.prepare(toTaskArguments(name, false), this.#options);
      for (const chunk of printed) yield { type: "output", id: task.id, chunk };
      if ("problem" in result) {
        yield* this.#run(ready);
        // As when its own process fails: those that come after it begin anew.
        this.#isSpent = true;
        return yield* refuse(task, result.problem);
      }
      ready.push({ ...task, isSerial, ...(this.#told.get(name) !== result && { setUp: result }) });
      this.#told.set(name, result);
    }
    yield* this.#run(ready);
  }

  /** What may run beside other files runs as one batch. */
  async *#run(tasks: readonly ReadyTask[]): AsyncGenerator<RunnerEvent> {
    if (tasks.length === 0) return;
    if (!tasks.some(({ isSerial }) => isSerial)) return yield* this.#warm.execute(tasks);
    for (const [index, task] of tasks.entries()) {
      if (index > 0 && !this.#warm.usable) return;
      const over = task.isSerial ? await this.#turn() : undefined;
      try {
        yield* this.#warm.execute([task]);
      } finally {
        over?.();
      }
    }
  }

  /** Waits for it, but for no longer than there is a process. The function it brings ends it. */
  async #turn(): Promise<() => void> {
    const turn = this.#machine.turns.take();
    await Promise.race([turn, this.#warm.ended]);
    return () => void turn.then((over) => over());
  }

  close(mode: "graceful" | "soon" | "now"): Promise<Failure | undefined> {
    this.#closing ??= this.#close(mode);
    return this.#closing;
  }

  async #close(mode: "graceful" | "soon" | "now"): Promise<Failure | undefined> {
    const own = await this.#warm.close(mode);
    // What was set up for it is torn down when no test of it runs any more.
    const shared = await this.#share.leave();
    return own ?? shared;
  }
}

function projectOf({ args }: SessionTask): string | undefined {
  try {
    return parseTaskArguments(args).project;
  } catch {
    // The process that is to run it says what is wrong.
    return undefined;
  }
}

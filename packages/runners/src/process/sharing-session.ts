import type { Failure } from "@shardwright/core";
import type { z } from "zod";
import type { RunnerEvent, RunnerSession, SessionOptions, SessionTask } from "../runner.ts";
import type { ChildOptions } from "./child.ts";
import type { Machine } from "./machine.ts";
import { refuse } from "./refuse.ts";
import type { Share } from "./shares.ts";
import { WarmSession } from "./warm-session.ts";

/** What a file waits for. */
interface FileNeeds {
  /** Of the set-up that has to be done before it, if one has: the arguments that its process is told. */
  readonly setup?: readonly string[] | undefined;
  /** Whether no other such file may run at the same time. */
  readonly isSerial: boolean;
}

export interface SharingSessionOptions<SetUp extends object, Known> extends Pick<SessionOptions, "closeGrace_ms"> {
  /** Of the process that runs files; it says in one notice what it knows of them once it has read the configuration. */
  readonly command: Omit<ChildOptions, "onOutput" | "channel">;
  readonly schema: z.ZodType<Known>;
  readonly share: Share<Machine<SetUp>>;
  readonly needsOf: (task: SessionTask, known: Known) => FileNeeds;
  /** Done when its process has ended. */
  readonly onClosed?: () => Promise<void>;
}

/** `setUp`: what was set up for it and is new to the process. */
interface ReadyTask<SetUp extends object> extends SessionTask {
  readonly setUp?: SetUp;
  readonly isSerial: boolean;
}

/** A warm process that runs files, and its share in what is set up for all of them. */
export class SharingSession<SetUp extends object, Known> implements RunnerSession {
  readonly #options: SharingSessionOptions<SetUp, Known>;
  readonly #warm: WarmSession;
  /** Undefined where the process cannot say so: what is wrong is told with its first task. */
  readonly #known: Promise<Known | undefined>;
  /** What the process knows to be set up, by the arguments of the set-up. */
  readonly #told = new Map<string, SetUp>();
  #isSpent = false;
  #closing: Promise<Failure | undefined> | undefined;

  constructor(options: SharingSessionOptions<SetUp, Known>) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Known | undefined>();
    this.#known = promise;
    this.#warm = new WarmSession(options.command, {
      closeGrace_ms: options.closeGrace_ms,
      interrupts: "message",
      onNotice: (value) => resolve(options.schema.parse(value)),
    });
    void this.#warm.ended.then(() => resolve(undefined));
  }

  get usable(): boolean {
    return this.#warm.usable && !this.#isSpent && this.#closing === undefined;
  }

  async *execute(tasks: readonly SessionTask[]): AsyncGenerator<RunnerEvent> {
    const { share, needsOf } = this.#options;
    const known = await this.#known;
    const ready: ReadyTask<SetUp>[] = [];
    for (const task of tasks) {
      const { setup, isSerial } = known === undefined ? { isSerial: false } : needsOf(task, known);
      if (setup === undefined) {
        ready.push({ ...task, isSerial });
        continue;
      }
      const { printed, result } = await share.thing.setup.prepare(setup, this.#options);
      for (const chunk of printed) yield { type: "output", id: task.id, chunk };
      if ("problem" in result) {
        yield* this.#run(ready);
        // As when its own process fails: those that come after it begin anew.
        this.#isSpent = true;
        return yield* refuse(task, result.problem);
      }
      const key = JSON.stringify(setup);
      ready.push({ ...task, isSerial, ...(this.#told.get(key) !== result && { setUp: result }) });
      this.#told.set(key, result);
    }
    yield* this.#run(ready);
  }

  /** What may run beside other files runs as one batch. */
  async *#run(tasks: readonly ReadyTask<SetUp>[]): AsyncGenerator<RunnerEvent> {
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
    const turn = this.#options.share.thing.turns.take();
    await Promise.race([turn, this.#warm.ended]);
    return () => void turn.then((over) => over());
  }

  close(mode: "graceful" | "soon" | "now"): Promise<Failure | undefined> {
    this.#closing ??= this.#close(mode);
    return this.#closing;
  }

  async #close(mode: "graceful" | "soon" | "now"): Promise<Failure | undefined> {
    const own = await this.#warm.close(mode);
    await this.#options.onClosed?.();
    // What was set up for it is torn down when no test of it runs any more.
    const shared = await this.#options.share.leave();
    return own ?? shared;
  }
}

import { PassThrough, Writable } from "node:stream";
import type { Child, ChildExit, ChildOptions } from "../process/child.ts";

export interface SeatOptions {
  readonly pid: number | undefined;
  readonly onOutput: ChildOptions["onOutput"];
  /** Sends a line of JSON, an object, in the seat's name. */
  readonly tell: (line: string) => void;
  /** Ends the whole host. */
  readonly force: () => Promise<ChildExit>;
  /** Gives the seat up; resolves when it is gone, with the host if nobody else is there. */
  readonly leave: () => Promise<ChildExit>;
}

/** A host that does not answer within this time is busy for ever. */
const abortPatience_ms = 1000;

/** One session's place in a shared host. To the session it looks like a process of its own. */
export class Seat implements Child {
  readonly pid: number | undefined;
  readonly toChild: Writable;
  readonly fromChild = new PassThrough();
  readonly exited: Promise<ChildExit>;
  /** Code of its file runs in the host. */
  isLoading = false;
  /** The host ended through the doing of another session's file. */
  isInnocent = false;
  readonly onOutput: ChildOptions["onOutput"];
  readonly #options: SeatOptions;
  readonly #onExited: (exit: ChildExit) => void;

  constructor(options: SeatOptions) {
    this.#options = options;
    this.pid = options.pid;
    this.onOutput = options.onOutput;
    const { promise, resolve } = Promise.withResolvers<ChildExit>();
    this.exited = promise;
    this.#onExited = resolve;
    this.toChild = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        for (const line of chunk.split("\n")) if (line !== "") options.tell(line);
        done();
      },
    });
  }

  open(environment: Readonly<Record<string, string>>): void {
    this.#options.tell(JSON.stringify({ type: "open", environment }));
  }

  async stop(): Promise<ChildExit> {
    this.#options.tell(JSON.stringify({ type: "abort" }));
    const timer = setTimeout(() => void this.#options.force(), abortPatience_ms);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param text a message in JSON */
  onMessage(text: string): void {
    if (text.startsWith(`{"type":"loading"`)) this.isLoading = text.includes("true");
    else if (text.startsWith(`{"type":"gone"`)) void this.#options.leave().then((exit) => this.#end(exit));
    else this.fromChild.write(`${text}\n`);
  }

  /** The host is gone. */
  onExit(exit: ChildExit, isInnocent: boolean): void {
    this.isInnocent = isInnocent;
    this.#end(exit);
  }

  #end(exit: ChildExit): void {
    // What it said before comes first.
    this.fromChild.end();
    setImmediate(() => this.#onExited(exit));
  }
}

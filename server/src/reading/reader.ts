import { Worker } from "node:worker_threads";
import { ShardwrightError } from "@shardwright/core";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Clock, Timer } from "../clock.ts";
import type { Queries } from "../database/queries.ts";
import { type Question, answerOf } from "./question.ts";
import type { ReadingOptions, ReadingReply, ReadingRequest } from "./reading-thread.ts";
import { isLarge } from "./weight.ts";

/** What a question comes to: what JSON is made of, or its text in UTF-8. */
export type Answer = { readonly value: unknown } | { readonly text: Uint8Array<ArrayBuffer> };

/** What JSON is made of: for who needs an answer here, and not as text for others. */
export function readValue(answer: Answer): unknown {
  return "text" in answer ? JSON.parse(new TextDecoder().decode(answer.text)) : answer.value;
}

/** Questions that may wait for the thread, of which each is asked once however many ask it. */
const waitingLimit = 100;
/** How long one may take; and how long the thread stays when nobody asks, because to start it takes longer than most answers. */
const patience_ms = 120_000;
const idle_ms = 60_000;

interface Parts extends ReadingOptions {
  readonly queries: Queries;
  readonly store: Pick<BlobStore, "tail">;
  readonly clock: Clock;
  /** How many tasks are read where it is asked, at most; as few as others can wait for when absent. */
  readonly atHand?: number | undefined;
}

interface Waiting {
  readonly request: ReadingRequest;
  readonly answer: PromiseWithResolvers<Answer>;
}

/**
 * Answers what has to read a whole run, or many. What is little is read where it is asked; the rest in a thread with a connection of its
 * own, one after the other, so that no answer, however large, keeps workers and other requests waiting.
 */
export class Reader {
  readonly #parts: Parts;
  /** By what is asked. */
  readonly #waiting = new Map<string, Waiting>();
  /** With the thread: who asks the same now may know of more than it does. */
  #asked: Waiting | undefined;
  #thread: Worker | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws ShardwrightError `not-found`, `bad-request`, `answers-busy`, `draining` */
  async ask(question: Question): Promise<Answer> {
    const { queries, store: blobs, clock, atHand } = this.#parts;
    const now_ms = clock.now_ms();
    // Counting it writes, as every reading does, what waits to be written: the thread sees it.
    if (!isLarge(queries, question, atHand)) return { value: await answerOf({ queries, blobs, now_ms }, question) };
    if (this.#isClosed) throw new ShardwrightError("draining");
    const key = JSON.stringify(question);
    const known = this.#waiting.get(key);
    if (known !== undefined) return known.answer.promise;
    if (this.#waiting.size >= waitingLimit) throw new ShardwrightError("answers-busy", { waiting: this.#waiting.size });
    const answer = Promise.withResolvers<Answer>();
    this.#waiting.set(key, { request: { question, now_ms }, answer });
    if (this.#asked === undefined) this.#next();
    return answer.promise;
  }

  /** Whether its thread is there. */
  get isAwake(): boolean {
    return this.#thread !== undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end(new ShardwrightError("draining"));
  }

  #next(): void {
    this.#timer?.cancel();
    const [first] = this.#waiting;
    const { clock } = this.#parts;
    this.#asked = first?.[1];
    if (first === undefined) {
      this.#timer = clock.after(idle_ms, () => void this.#end());
      return;
    }
    this.#timer = clock.after(patience_ms, () => void this.#end(new Error(`an answer took longer than ${patience_ms / 1000} s`)));
    this.#thread ??= this.#start();
    const [key, { request }] = first;
    this.#waiting.delete(key);
    this.#thread.postMessage(request);
  }

  #start(): Worker {
    const { tables, blobs } = this.#parts;
    const file = import.meta.url.endsWith(".ts") ? "./reading-thread.ts" : "./reading-thread.js";
    const workerData: ReadingOptions = { tables, blobs };
    const thread = new Worker(new URL(file, import.meta.url), { workerData, execArgv: [], name: "answers" });
    thread.unref();
    // One that was ended may have sent its last answer before: nobody waits for that any more, and it is none to what is asked now.
    thread.on("message", (reply: ReadingReply) => {
      if (this.#thread === thread) this.#answered(reply);
    });
    const ended = (error: Error) => {
      if (this.#thread === thread) void this.#end(error);
    };
    thread.once("error", ended);
    thread.once("exit", () => ended(new Error("the thread that makes large answers ended")));
    return thread;
  }

  #answered(reply: ReadingReply): void {
    const answer = this.#asked?.answer;
    if (answer === undefined) return;
    if (reply.type === "text") answer.resolve({ text: reply.text });
    else if (reply.type === "refused") answer.reject(new ShardwrightError(reply.code, reply.details));
    else answer.reject(new Error(reply.reason));
    this.#next();
  }

  /** Ends the thread, and with it what waits for it. */
  async #end(error: Error = new Error("the thread that makes large answers ended")): Promise<void> {
    this.#timer?.cancel();
    const thread = this.#thread;
    this.#thread = undefined;
    const waiting = [this.#asked, ...this.#waiting.values()];
    this.#asked = undefined;
    this.#waiting.clear();
    for (const one of waiting) one?.answer.reject(error);
    await thread?.terminate();
  }
}

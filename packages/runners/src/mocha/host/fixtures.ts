import { changesSince } from "../../process/environment-changes.ts";
import { cut, onRequest, type HostRequest, sendToParent } from "../../process/host-channel.ts";
import { describeError, messageOf } from "./case-texts.ts";
import type { SetUp } from "./load-mocha.ts";
import type { BaseReporter, MochaInstance } from "./mocha-api.ts";

const messageLimit = 3900;
/** How long the project's global teardown may take; whoever waits for this process ends it then. */
const teardown_ms = 119_000;

/** The real one: a test may leave another in its place. */
const { setTimeout } = globalThis;

/** A project's `mochaGlobalSetup` and `mochaGlobalTeardown`, with the context that is theirs. */
export class Fixtures {
  readonly #mocha: MochaInstance;
  readonly #base: BaseReporter;
  readonly #context = {};
  /** What was set up badly is not torn down: neither does mocha. */
  #isUp = false;

  constructor(mocha: MochaInstance, base: BaseReporter) {
    this.#mocha = mocha;
    this.#base = base;
  }

  get areUp(): boolean {
    return this.#isUp;
  }

  async setUp(): Promise<void> {
    await this.#mocha.runGlobalSetup(this.#context);
    this.#isUp = true;
  }

  /** Tells of a failure, and ends the process. @param last is done when all is torn down */
  async leave(last?: () => void): Promise<never> {
    const fail = (words: string) => sendToParent({ type: "closed", failure: cut(`The global teardown ${words}`, messageLimit) });
    setTimeout(() => {
      fail(`was not done within ${teardown_ms / 1000} s.`);
      process.exit(1);
    }, teardown_ms);
    try {
      if (this.#isUp) await this.#mocha.runGlobalTeardown(this.#context);
    } catch (error) {
      fail(`failed: ${this.#accountOf(error)}`);
    }
    last?.();
    process.exit(0);
  }

  /** Goes on to hold them for the processes that run files; no test runs here. */
  serve(): void {
    const before = { ...process.env };
    const setUp = async ({ id }: Extract<HostRequest, { type: "run" }>) => {
      sendToParent({ type: "started", id });
      try {
        await this.setUp();
        sendToParent({ type: "notice", value: { environment: changesSince(before) } satisfies SetUp });
        sendToParent({ type: "finished", id, result: { outcome: "passed" } });
      } catch (error) {
        const message = cut(`The global setup failed: ${this.#accountOf(error)}`, messageLimit);
        sendToParent({ type: "finished", id, result: { outcome: "errored", failure: { kind: "setup-error", message } } });
      }
    };
    let last = Promise.resolve();
    onRequest((request) => {
      last = last.then(() => (request.type === "exit" ? this.leave() : setUp(request)));
    });
  }

  #accountOf(error: unknown): string {
    return `${messageOf(error)}\n${describeError(error, this.#base).details}`;
  }
}

import type { Logger } from "pino";
import { type ClosingStep, closeInTime, closeLimit_ms } from "./close-in-time.ts";

/**
 * What a coordinator has opened, by name; closed in the reverse of its order. Until it is kept, the end of the block that opens it closes
 * it: a start that fails leaves nothing open.
 */
export class Held implements AsyncDisposable {
  readonly #resources = new AsyncDisposableStack();
  /** What is being closed just now, for whoever has to say what hangs. */
  #closing = "";
  #isKept = false;

  add(name: string, close: () => unknown): void {
    this.#resources.defer(async () => {
      this.#closing = name;
      await close();
    });
  }

  /** Only `close` closes it from now on. */
  keep(): void {
    this.#isKept = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isKept) await this.#resources.disposeAsync();
  }

  /**
   * Takes some steps, one after the other, then closes everything; what takes longer than `drain_ms` and a little more is given up. What
   * hangs or fails is logged by its name.
   */
  close(steps: readonly ClosingStep[], drain_ms: number, log: Logger): Promise<void> {
    const all: ClosingStep[] = [
      ...steps,
      ["what it holds", () => this.#resources.disposeAsync()],
      ["", () => log.info("closed")],
    ];
    return closeInTime(all, drain_ms + closeLimit_ms, (step, error) => {
      const what = this.#closing === "" ? step : this.#closing;
      if (error === undefined) log.error({ what }, "closing takes too long: it is given up, what was acknowledged is kept");
      else log.error({ what, err: error }, "something could not be closed");
    });
  }
}

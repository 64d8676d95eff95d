import { ShardwrightError } from "@shardwright/core";
import type { Configuration, Driver } from "@shardwright/raft";
import { errorOf } from "./outcome-error.ts";

/** Changes of who belongs to the cluster, on their way into the log. Whoever asked is told what came of it, or that this is not known. */
export class ConfigurationChanges {
  readonly #driver: Pick<Driver<number>, "state" | "change">;
  readonly #settle: () => void;
  readonly #unanswered = new Set<(error: ShardwrightError) => void>();

  /** @param settle called after each step of consensus that was taken here */
  constructor(driver: Pick<Driver<number>, "state" | "change">, settle: () => void) {
    this.#driver = driver;
    this.#settle = settle;
  }

  /** @throws ShardwrightError `no-leader`, `leadership-lost`, `membership-refused` */
  async propose(configuration: Configuration): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#unanswered.add(reject);
    this.#driver.change(configuration, (outcome) => {
      if (outcome.kind === "applied") resolve();
      else reject(errorOf(outcome));
    });
    this.#settle();
    try {
      await promise;
    } finally {
      this.#unanswered.delete(reject);
    }
  }

  /** It may be long until it is known what became of a change that is not committed; one that is will be applied here. */
  loseLeadership(): void {
    const { log, commit } = this.#driver.state;
    if (log.configurationIndex > commit) this.fail(new ShardwrightError("leadership-lost"));
  }

  fail(error: ShardwrightError): void {
    for (const reject of this.#unanswered) reject(error);
  }
}

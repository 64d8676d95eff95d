import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Exchange rates from a file, renewed in the background: a caller never waits for the bank, and gets what is there. */
export class RateStore {
  #file;
  #fetchRates;
  #renewal = Promise.resolve();

  constructor(file, fetchRates) {
    this.#file = file;
    this.#fetchRates = fetchRates;
  }

  /** The rates of the last renewal, undefined before the first one ended. Starts a renewal each time. */
  async current() {
    const known = await readFile(this.#file, "utf8").then(JSON.parse, () => undefined);
    this.#renewal = this.#renewal.then(() => this.#renew());
    return known;
  }

  /** Resolves when the renewals that were started are done. */
  async settled() {
    await this.#renewal;
  }

  async #renew() {
    const rates = await this.#fetchRates();
    await mkdir(dirname(this.#file), { recursive: true });
    const draft = `${this.#file}.${process.pid}`;
    await writeFile(draft, JSON.stringify(rates));
    await rename(draft, this.#file);
  }
}

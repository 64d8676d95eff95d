import { pbkdf2 } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(pbkdf2);

/** Gift cards, kept as slow hashes: who reads the store cannot spend them. */
export class GiftCards {
  #balances = new Map();

  constructor(rounds = 20_000) {
    this.rounds = rounds;
  }

  async #keyOf(code) {
    const plain = code.toUpperCase().replace(/[^A-Z0-9]/g, "");
    return (await derive(plain, "gift-cards", this.rounds, 32, "sha256")).toString("hex");
  }

  async issue(code, minor) {
    this.#balances.set(await this.#keyOf(code), minor);
  }

  /** Takes up to `minor` off the card. What was taken; zero for an unknown or empty card. */
  async spend(code, minor) {
    const key = await this.#keyOf(code);
    const balance = this.#balances.get(key) ?? 0;
    const taken = Math.min(balance, minor);
    if (taken > 0) this.#balances.set(key, balance - taken);
    return taken;
  }
}

/** Lets no more than a number of callers do something at once; the others wait in the order in which they came. */
export class Turns {
  readonly #places: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#places = places;
  }

  /** Resolves when it is the caller's turn. The function that it brings ends the turn; calling it again does nothing. */
  async take(): Promise<() => void> {
    if (this.#taken < this.#places) this.#taken += 1;
    // Whoever is done hands its place on.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next();
    };
  }
}

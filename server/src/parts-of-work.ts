import type { Clock } from "./clock.ts";
import { Turns } from "./trends/turns.ts";

/** A work that comes in parts, each of which is short, and what it comes to. */
export type Parts<T> = Generator<void, T>;

/** Does all of it in one go. */
export function atOnce<T>(work: Parts<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Does it while others have their turns in between. */
export async function inTurns<T>(work: Parts<T>, clock: Pick<Clock, "after">): Promise<T> {
  const turns = new Turns(clock);
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    await turns.breathe();
  }
}

import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

export interface Weather {
  /** Share of messages that are lost, that arrive twice, that take very long. */
  readonly loss: number;
  readonly repeat: number;
  readonly straggle: number;
  readonly delay_ms: readonly [number, number];
}

export const calm: Weather = { loss: 0, repeat: 0, straggle: 0, delay_ms: [0.5, 3] };

/** Carries messages between named places: loses, delays, reorders and repeats them, and cuts links in one direction or both. */
export class Network {
  weather: Weather;
  readonly #timeline: Timeline;
  readonly #random: Random;
  #cut = new Set<string>();

  constructor(timeline: Timeline, random: Random, weather: Weather) {
    this.#timeline = timeline;
    this.#random = random;
    this.weather = weather;
  }

  send(from: string, to: string, deliver: () => void): void {
    const { loss, repeat, straggle, delay_ms } = this.weather;
    if (this.#cut.has(link(from, to)) || this.#random.chance(loss)) return;
    const copies = this.#random.chance(repeat) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const delay = this.#random.between(...delay_ms) * (this.#random.chance(straggle) ? 100 : 1);
      this.#timeline.after(delay, () => {
        // What was on its way when the link was cut is lost, too.
        if (!this.#cut.has(link(from, to))) deliver();
      });
    }
  }

  cut(from: string, to: string): void {
    this.#cut.add(link(from, to));
  }

  mend(from: string, to: string): void {
    this.#cut.delete(link(from, to));
  }

  mendAll(): void {
    this.#cut = new Set();
  }
}

function link(from: string, to: string): string {
  return `${from}>${to}`;
}

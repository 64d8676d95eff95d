import { normal } from "./random.ts";

export interface DurationsRequest {
  readonly count: number;
  readonly mean_ms: number;
  readonly heavy_ms: number;
  readonly random: () => number;
}

const sigma = 1.1;
const cut = 4;

/**
 * The durations of a suite with one heavy file, in milliseconds: all but that one log-normal (sigma 1.1, each cut at 4 before they are
 * scaled to the mean), the heavy one at a random place.
 */
export function skewedDurations({ count, mean_ms, heavy_ms, random }: DurationsRequest): number[] {
  const drawn = Array.from({ length: count - 1 }, () => Math.min(cut, Math.exp(sigma * normal(random))));
  const scale = mean_ms / (drawn.reduce((sum, value) => sum + value, 0) / drawn.length);
  const durations = drawn.map((value) => Math.round(value * scale));
  durations.splice(Math.floor(random() * count), 0, heavy_ms);
  return durations;
}

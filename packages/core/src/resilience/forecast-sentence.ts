import type { Forecast } from "../model/forecast.ts";

/** What is foretold of a worker, and what to do about it: "memory gone in about 4 min: drain and restart it". */
export function forecastSentence({ kind, gone, now = 0 }: Forecast, now_ms: number): string {
  const when = gone === undefined ? "soon" : `in ${about(gone.likely_ms - now_ms)}`;
  switch (kind) {
    case "memory":
      return `memory gone ${when}: drain and restart it`;
    case "disk":
      return `disk full ${when}: drain it and free room`;
    case "errors":
      return `${Math.round(100 * now)} % of what it runs goes wrong, more than elsewhere: drain and look at it`;
    case "speed":
      return `${now.toFixed(1)} times slower than it was: look at it`;
  }
}

function about(left_ms: number): string {
  const left_s = Math.max(0, left_ms / 1000);
  return left_s < 90 ? `about ${Math.max(10, 10 * Math.round(left_s / 10))} s` : `about ${Math.round(left_s / 60)} min`;
}

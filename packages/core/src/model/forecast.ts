import { z } from "zod";

/** What a worker's trend can be looked at in, and foretold. */
export const forecastKinds = ["memory", "disk", "errors", "speed"] as const;
export const forecastKindSchema = z.enum(forecastKinds);
export type ForecastKind = z.infer<typeof forecastKindSchema>;
/** Those that were right in nine of ten cases when they were measured: they are on without being asked for. docs/recovery.md has the figures. */
export const trustedForecasts: readonly ForecastKind[] = ["disk"];

/**
 * What a worker is going to have too little of, or how it gets worse, if that goes on as it did. Moments are milliseconds since 1970, so
 * that a coordinator that takes over goes by it as well.
 */
export const forecastSchema = z.strictObject({
  kind: forecastKindSchema,
  /** When it was first foretold. */
  since_ms: z.number().nonnegative(),
  /** For memory and disk: when nothing will be left, at the earliest, most likely, and at the latest. */
  gone: z
    .strictObject({
      earliest_ms: z.number().nonnegative(),
      likely_ms: z.number().nonnegative(),
      latest_ms: z.number().nonnegative(),
    })
    .optional(),
  /** For errors, the share of its attempts that go wrong now; for speed, how many times slower it has become. */
  now: z.number().nonnegative().optional(),
});
export type Forecast = Readonly<z.infer<typeof forecastSchema>>;

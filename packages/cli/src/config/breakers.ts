import { breakerLimits, type BreakerLimits } from "@shardwright/core";

/** When circuit breakers open, and for how long, as the settings have it. */
export function breakersFrom(settings: {
  readonly circuitBreakerThreshold: number;
  readonly circuitBreakerResetTime: number;
}): BreakerLimits {
  return breakerLimits({
    threshold: settings.circuitBreakerThreshold,
    reset_ms: Math.round(settings.circuitBreakerResetTime * 1000),
  });
}

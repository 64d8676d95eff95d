import { breakerLimits, type BreakerLimits } from "@shardwright/core";

/** How a coordinator deals with workers that are not well, as the settings have it. */
export function resilienceFrom(settings: {
  readonly circuitBreakerThreshold: number;
  readonly circuitBreakerResetTime: number;
  readonly healthThreshold: number;
}): { readonly breakers: BreakerLimits; readonly healthThreshold: number } {
  const { circuitBreakerThreshold: threshold, circuitBreakerResetTime: reset_s, healthThreshold } = settings;
  return { breakers: breakerLimits({ threshold, reset_ms: Math.round(reset_s * 1000) }), healthThreshold };
}

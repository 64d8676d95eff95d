import { breakerLimits, forecastKinds } from "@shardwright/core";
import type { SchedulerOptions } from "@shardwright/server";

/** How a coordinator deals with workers that are not well, as the settings have it. */
export function resilienceFrom(settings: {
  readonly circuitBreakerThreshold: number;
  readonly circuitBreakerResetTime: number;
  readonly healthThreshold: number;
  readonly predict?: readonly string[] | undefined;
}): Pick<SchedulerOptions, "breakers" | "healthThreshold"> & Partial<Pick<SchedulerOptions, "predict">> {
  const { circuitBreakerThreshold: threshold, circuitBreakerResetTime: reset_s, healthThreshold } = settings;
  return {
    breakers: breakerLimits({ threshold, reset_ms: Math.round(reset_s * 1000) }),
    healthThreshold,
    ...(settings.predict !== undefined && { predict: forecastKinds.filter((kind) => settings.predict?.includes(kind)) }),
  };
}

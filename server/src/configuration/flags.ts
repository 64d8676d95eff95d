import { type SharedKey, type SharedValues, analysisDefaults, keeping } from "@shardwright/core";
import { type SchedulerOptions, schedulerDefaults } from "../scheduler/options.ts";

/** What holds where nothing else is said. */
export const sharedDefaults: SharedValues = {
  quota: [],
  "max-retries": schedulerDefaults.retries_limit,
  "circuit-breaker-threshold": schedulerDefaults.breakers.threshold,
  "circuit-breaker-reset-time": schedulerDefaults.breakers.reset_ms / 1000,
  "health-threshold": schedulerDefaults.healthThreshold,
  "open-runs": schedulerDefaults.openRuns_limit,
  "retention-days": 30,
  "trends-floor": keeping.floor_ms,
  "trends-alerts": true,
  "trends-branches": ["main", "master"],
  "trends-minimum-change": 100 * analysisDefaults.minimumEffect,
  "trends-false-share": 100 * analysisDefaults.falseDiscoveryRate,
  "trends-alert-days": 30,
  "trends-silent-days": 14,
  "worker-prices": [],
  currency: "USD",
  "public-badges": false,
  "trends-confirm": true,
  "trends-confirm-runs": 200,
  "trends-confirm-at-once": 2,
  "self-tuning": schedulerDefaults.selfTuning,
  "auto-recovery": true,
};

interface Flags {
  readonly scheduler?: Partial<SchedulerOptions>;
  readonly retention_days?: number;
  readonly cluster?: { readonly autoRecovery?: boolean };
  readonly confirmsTrends?: boolean;
}

/** What a coordinator was started with, of what a cluster may agree on; a flag that says what holds anyway says nothing. */
export function flagsOf({ scheduler, retention_days, cluster, confirmsTrends }: Flags): Partial<SharedValues> {
  const {
    quotas = new Map<string, number>(),
    retries_limit,
    breakers,
    healthThreshold,
    openRuns_limit,
    selfTuning,
  } = scheduler ?? {};
  const given: Partial<SharedValues> = {
    ...(quotas.size > 0 && { quota: [...quotas].map(([project, slots]) => `${project}=${slots}`) }),
    ...(retries_limit !== undefined && { "max-retries": retries_limit }),
    ...(breakers !== undefined && {
      "circuit-breaker-threshold": breakers.threshold,
      "circuit-breaker-reset-time": breakers.reset_ms / 1000,
    }),
    ...(healthThreshold !== undefined && { "health-threshold": healthThreshold }),
    ...(openRuns_limit !== undefined && { "open-runs": openRuns_limit }),
    ...(selfTuning !== undefined && { "self-tuning": selfTuning }),
    ...(retention_days !== undefined && { "retention-days": retention_days }),
    ...(confirmsTrends !== undefined && { "trends-confirm": confirmsTrends }),
    ...(cluster?.autoRecovery !== undefined && { "auto-recovery": cluster.autoRecovery }),
  };
  const chosen = Object.entries(given).filter(([key, value]) => sharedDefaults[key as SharedKey] !== value);
  return Object.fromEntries(chosen);
}

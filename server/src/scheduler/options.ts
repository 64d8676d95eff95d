import {
  type BreakerLimits,
  type ForecastKind,
  type SelfTuning,
  batchLimits,
  breakerLimits,
  retryShare,
  trustedForecasts,
} from "@shardwright/core";

/** How the scheduler behaves; all durations in milliseconds. */
export interface SchedulerOptions {
  /** How long a lease, and a worker, stand without a heartbeat. */
  readonly leaseTtl_ms: number;
  readonly heartbeat_ms: number;
  /** How long a worker whose signal stream broke may take to come back. */
  readonly reconnectGrace_ms: number;
  /** How long a run waits, with workers there but none that can run what is left, before it gives up. */
  readonly unsatisfiableGrace_ms: number;
  /** No other workers will come than those that there are: what none of them can do is not waited for. */
  readonly workersAreKnown: boolean;
  /** How long a run waits without any worker before it says so. */
  readonly noWorkersNotice_ms: number;
  /** How long a retry is kept for the worker that it failed on. */
  readonly retryPreference_ms: number;
  /** How long one is kept from the workers that it went wrong on. */
  readonly avoidance_ms: number;
  /** When circuit breakers open, and for how long. */
  readonly breakers: BreakerLimits;
  /** A worker whose health is below this gets no new work; 0 for no such limit. */
  readonly healthThreshold: number;
  /** What is foretold of workers. */
  readonly predict: readonly ForecastKind[];
  /** Longest batch, by expectation. */
  readonly batchCap_ms: number;
  readonly batchCount_limit: number;
  readonly openRuns_limit: number;
  /** How long who wants to tell of a run's end may take until another may. */
  readonly publication_ms: number;
  /** How long a run waits, once its tests have passed, for what they covered to be joined. A framework may take an hour for its report. */
  readonly coverage_ms: number;
  /** Most slots that a project may use at the same time, by its name; `*` for those that are not named. */
  readonly quotas: ReadonlyMap<string, number>;
  /** How often a task that failed is run again at most, whatever its run asks for. */
  readonly retries_limit: number;
  /** Retries that a run may spend, as a share of its files. */
  readonly retryShare: number;
  /** Whether what can be tuned follows what is observed. */
  readonly selfTuning: SelfTuning;
  readonly workers_limit: number;
  /** Long polls that one worker may hold open. */
  readonly pollsPerWorker_limit: number;
}

export const schedulerDefaults: SchedulerOptions = {
  leaseTtl_ms: 15_000,
  heartbeat_ms: 3000,
  reconnectGrace_ms: 2000,
  unsatisfiableGrace_ms: 60_000,
  workersAreKnown: false,
  noWorkersNotice_ms: 5000,
  retryPreference_ms: 1000,
  avoidance_ms: 5000,
  breakers: breakerLimits({ threshold: 3, reset_ms: 300_000 }),
  healthThreshold: 70,
  predict: trustedForecasts,
  batchCap_ms: batchLimits.cap_ms,
  batchCount_limit: batchLimits.count_limit,
  openRuns_limit: 1000,
  publication_ms: 300_000,
  coverage_ms: 65 * 60_000,
  quotas: new Map(),
  retries_limit: 20,
  retryShare,
  selfTuning: "advise",
  workers_limit: 10_000,
  pollsPerWorker_limit: 64,
};

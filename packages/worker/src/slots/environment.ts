import { looksSecret } from "../output/secrets.ts";

export interface TestEnvironment {
  readonly run: string;
  readonly worker: string;
  readonly slot: number;
  /** Folder for what the running test leaves behind, if that is kept. */
  readonly artifacts?: string | undefined;
  /** File that the running test may append what it measures to. */
  readonly metrics?: string | undefined;
}

/**
 * The environment of test processes: the worker's own without what opens the coordinator to its bearer, and what tests may ask for:
 * `SHARDWRIGHT_SLOT`, counted from 0, tells apart tests that run at the same time on one machine (ports, databases).
 */
export function testEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  { run, worker, slot, artifacts, metrics }: TestEnvironment,
): Record<string, string> {
  return {
    ...withoutSecrets(own),
    SHARDWRIGHT: "1",
    SHARDWRIGHT_RUN_ID: run,
    SHARDWRIGHT_WORKER: worker,
    SHARDWRIGHT_SLOT: String(slot),
    ...(artifacts === undefined ? {} : { SHARDWRIGHT_ARTIFACTS_DIR: artifacts }),
    ...(metrics === undefined ? {} : { SHARDWRIGHT_METRICS: metrics }),
  };
}

/** The worker's own environment without what opens the coordinator to its bearer. */
export function withoutSecrets(own: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(own))
    if (value !== undefined && !(/^SHARDWRIGHT/i.test(name) && looksSecret(name))) environment[name] = value;
  return environment;
}

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { makeId } from "@shardwright/core";
import { failoverOf } from "../config/failover.ts";
import { resilienceFrom } from "../config/resilience.ts";
import type { Configuration } from "../config/resolve.ts";
import { startEmbedded } from "../run/local-state.ts";
import { startInProcess } from "../run/local-workers.ts";
import type { RunRequest } from "../run/run-suites.ts";

/** Who runs many small runs, one after the other. */
export interface Crew extends AsyncDisposable {
  /** The user's, with the coordinator that there is. */
  readonly configuration: Configuration;
}

/** The user's fleet; else a coordinator and workers inside this process, which stay while there is something to run, and leave nothing. */
export async function bringCrew(
  configuration: Configuration,
  { runners, environment, signal }: Pick<RunRequest, "runners" | "environment" | "signal">,
  say: (line: string) => void,
): Promise<Crew> {
  const { settings } = configuration;
  if (settings.coordinator !== undefined) return { configuration, [Symbol.asyncDispose]: () => Promise.resolve() };
  await using resources = new AsyncDisposableStack();
  // What single tests take here says nothing of the suite: no history of it stays.
  const stateDir = await mkdtemp(join(tmpdir(), "shardwright-crew-"));
  resources.defer(() => rm(stateDir, { recursive: true, force: true }));
  const embedded = await startEmbedded(stateDir, makeId("r", randomBytes(16)), resilienceFrom(settings), configuration.plugins);
  resources.defer(() => embedded.close());
  const failing = new AbortController();
  void embedded.failed.then((error) => failing.abort(error));
  const coordinator = [embedded.address];
  const workers = await startInProcess({
    addresses: coordinator,
    apiKey: embedded.adminToken,
    failover: failoverOf(settings),
    count: settings.workers ?? availableParallelism(),
    prefix: "local-",
    runners,
    config: configuration.file,
    environment,
    say,
    signal: AbortSignal.any([failing.signal, signal]),
  });
  resources.defer(() => workers.stop());
  const kept = resources.move();
  return {
    configuration: { ...configuration, settings: { ...settings, coordinator, apiKey: embedded.adminToken, workers: 0 } },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

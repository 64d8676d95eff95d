import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import type { Settings } from "../config/resolve.ts";
import { requireStateDir } from "./state-dir.ts";

/** Where a coordinator keeps its state. */
export interface CoordinatorState {
  readonly path: string;
  /** What has to be said of it at the start. */
  readonly notice: string | undefined;
  /** To be called when the coordinator has ended. */
  readonly forget: () => Promise<void>;
}

type StateSettings = Pick<Settings, "stateDir" | "persistentState" | "persistentStatePath" | "coordinatorAddresses" | "witness">;

/**
 * The folder that is named, or one that goes with the coordinator.
 * @param directory which paths are relative to
 * @throws ShardwrightError `usage` where the settings contradict each other, or a file is in the way
 */
export function openCoordinatorState(settings: StateSettings, directory: string): CoordinatorState {
  const { stateDir, persistentState, persistentStatePath, coordinatorAddresses, witness } = settings;
  const [path, other] = [
    ...new Set([persistentStatePath, stateDir].flatMap((one) => (one === undefined ? [] : resolve(directory, one)))),
  ];
  if (path !== undefined && other !== undefined)
    throw refusal(
      `--persistent-state-path says ${path}, and --state-dir ${other}: both name the folder of the state.`,
      "Give one of them.",
    );
  if (persistentState) {
    const kept = requireStateDir(path ?? resolve(directory, "./state"));
    return { path: kept, notice: undefined, forget: () => Promise.resolve() };
  }
  if (path !== undefined)
    throw refusal(
      `Without --persistent-state nothing is kept, yet ${path} is named for it.`,
      "Leave out the folder, or --no-persistent-state.",
    );
  if (coordinatorAddresses !== undefined || witness)
    throw refusal(
      "A coordinator that joins others has to remember what it promised them: it cannot be without --persistent-state.",
      "Leave out --no-persistent-state.",
    );
  const temporary = mkdtempSync(join(tmpdir(), "shardwright-state-"));
  return {
    path: temporary,
    notice: `The state is in ${temporary} and is removed when this coordinator ends: runs, results and tokens do not outlive it.`,
    forget: () => rm(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

function refusal(problem: string, remedy: string): ShardwrightError {
  return new ShardwrightError("usage", { problem, remedy });
}

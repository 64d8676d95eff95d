import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@jest/types";
import type { EnvironmentChanges } from "../../process/environment-changes.ts";

/**
 * What the base process of a suite hands to the processes that run its files: what jest's own parent sends its workers, so that the
 * configuration is read, and the folder crawled, once a machine.
 */
export interface Shared {
  readonly globalConfig: Config.GlobalConfig;
  readonly projects: readonly SharedProject[];
  readonly environment: EnvironmentChanges;
}

export interface SharedProject {
  readonly name: string;
  readonly config: Config.ProjectConfig;
  /** A global setup comes before all that its files load. */
  readonly isHooked: boolean;
  /** As `ModuleMap.toJSON()` gives it. */
  readonly moduleMap: unknown;
}

/** @param folder private to the suite's processes on this machine */
export function writeShared(folder: string, shared: Shared): void {
  write(join(folder, "shared.json"), shared);
}

export function readShared(folder: string): Shared {
  return JSON.parse(readFileSync(join(folder, "shared.json"), "utf8")) as Shared;
}

/** What a project's global setup did to the environment. */
export function writeSetup(folder: string, project: number, changes: EnvironmentChanges): void {
  write(setupPath(folder, project), changes);
}

/** @throws Error when no setup has ended well */
export function readSetup(folder: string, project: number): EnvironmentChanges {
  return JSON.parse(readFileSync(setupPath(folder, project), "utf8")) as EnvironmentChanges;
}

export function setupPath(folder: string, project: number): string {
  return join(folder, `setup-${project}.json`);
}

/** Whole or not at all, for whoever reads meanwhile. */
function write(path: string, value: unknown): void {
  writeFileSync(`${path}.part`, JSON.stringify(value));
  renameSync(`${path}.part`, path);
}

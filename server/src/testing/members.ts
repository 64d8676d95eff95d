/** Coordinators of one cluster, for tests that look at each answer as it is. */
import type { ClusterStatus } from "@shardwright/core";
import { afterEach, beforeEach } from "vitest";
import type { ClusterMemberOptions, Coordinator, CoordinatorOptions } from "../coordinator.ts";
import { adminToken, Coordinators } from "./coordinators.ts";

export { adminToken } from "./coordinators.ts";

let coordinators: Coordinators;

/** Before each test a folder for state directories, after it the end of all coordinators and of the folder. */
export function useMembers(): void {
  beforeEach(() => {
    coordinators = new Coordinators();
  });
  afterEach(() => coordinators[Symbol.asyncDispose]());
}

export const stateDirOf = (name: string): string => coordinators.stateDir(name);

export function start(
  name: string,
  cluster: ClusterMemberOptions = {},
  more: Pick<CoordinatorOptions, "tlsFiles"> = {},
): Promise<Coordinator> {
  return coordinators.start(name, cluster, 0, more);
}

export const stop = (coordinator: Coordinator): Promise<void> => coordinators.stop(coordinator);

export const leaderAmong = (all: readonly Coordinator[]): Promise<Coordinator> => coordinators.leader(all);

export async function call(
  { address }: Coordinator,
  method: string,
  path: string,
  json?: unknown,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, ...headers },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- tests look into answers of every shape
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
}

export async function statusOf(coordinator: Coordinator): Promise<ClusterStatus> {
  return (await call(coordinator, "GET", "/api/v1/cluster")).body as ClusterStatus;
}

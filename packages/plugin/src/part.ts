import type { HookName } from "./hooks.ts";
import type { Kind, PartOf } from "./kinds.ts";
import type { CiStatus } from "./ci-status.ts";

/** One thing that a plugin brings. */
export interface Part<K extends Kind = Kind> {
  readonly kind: K;
  readonly name: string;
  readonly plugin: string;
  /** Of the plugin. */
  readonly version: string;
  readonly isBuiltIn: boolean;
  /** What was registered. */
  readonly value: PartOf[K];
}

/** A provider also tells how what its CI system has submitted stands. */
export interface ProviderPart extends Part<"provider"> {
  /** @param run the last one that the system has submitted, when absent. @throws Error where no coordinator runs in this process */
  status(run?: string): CiStatus;
}

export interface LoadedPlugin {
  readonly name: string;
  readonly version: string;
  readonly shardwright: string | undefined;
  readonly isBuiltIn: boolean;
  readonly parts: readonly Part[];
  readonly hooks: readonly HookName[];
  /** Why nothing of it is used, if it could not be set up. */
  readonly problem?: string | undefined;
}

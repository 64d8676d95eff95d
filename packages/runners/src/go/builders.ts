import { sharedEnvironment } from "../process/shared-environment.ts";
import { Builder, type BuilderClient } from "./builder.ts";
import type { Toolchain } from "./toolchain.ts";

/** Suites whose packages are remembered. */
const suitesLimit = 16;

const builders = new Map<string, Builder>();
/** By suite, the latest last. */
const listed = new Map<string, readonly string[]>();

interface Suite {
  readonly toolchain: Toolchain;
  readonly args: readonly string[];
  /** Flags for building. */
  readonly build: readonly string[];
  readonly places?: number | undefined;
}

/**
 * Tells which packages a suite has, and in which order they are worth building ahead. Who lists them in this process also runs them in
 * it, if anybody here does.
 */
export function announcePackages(suite: Suite, folders: readonly string[]): void {
  const key = suiteKey(suite);
  listed.delete(key);
  listed.set(key, folders);
  for (const oldest of [...listed.keys()].slice(0, Math.max(0, listed.size - suitesLimit))) listed.delete(oldest);
  for (const [name, builder] of builders) if (name.startsWith(key)) builder.poke();
}

/** A share in the builder of a suite. `leave` ends it; the last one to leave ends the builder. */
export function joinBuilder(suite: Suite): { readonly client: BuilderClient; readonly leave: () => Promise<void> } {
  const { environment } = suite.toolchain;
  // The run is a reason for another builder: it may come with other sources.
  const key = `${suiteKey(suite)}${JSON.stringify([environment["SHARDWRIGHT_RUN_ID"], sharedEnvironment(environment)])}`;
  let builder = builders.get(key);
  if (builder === undefined) {
    const all = () => listed.get(suiteKey(suite)) ?? [];
    builder = new Builder({ toolchain: suite.toolchain, build: suite.build, places: suite.places, all });
    builders.set(key, builder);
  }
  const joined = builder;
  const client = joined.join();
  let leaving: Promise<void> | undefined;
  const leave = () => {
    leaving ??= joined.leave(client);
    if (joined.isOver && builders.get(key) === joined) builders.delete(key);
    return leaving;
  };
  return { client, leave };
}

function suiteKey({ toolchain, args }: Suite): string {
  return JSON.stringify([toolchain.suite, toolchain.program, args]);
}

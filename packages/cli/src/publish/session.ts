import { setTimeout as wait } from "node:timers/promises";
import {
  detectProvider,
  knownProviders,
  politeFetch,
  type CiProvider,
  type Environment,
  type Politeness,
  type Session,
} from "@shardwright/ci";
import { ShardwrightError } from "@shardwright/core";

export interface SessionOptions {
  readonly environment: Environment;
  readonly token?: string | undefined;
  readonly name: string;
  readonly shownRun?: string | undefined;
  readonly politeness?: Partial<Politeness>;
  /** Writes to the job's log. */
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
  /** What the report's paths are relative to, absolute. */
  readonly workspace?: string | undefined;
  /** Where the reports were written, absolute. */
  readonly outputDir?: string | undefined;
}

/** The CI system that was named, or the one that this runs in. @throws ShardwrightError `usage` for a name that none has */
export function chooseProvider(name: string | undefined, environment: Environment): CiProvider {
  if (name === undefined) return detectProvider(environment);
  const known = knownProviders();
  const named = known.find((provider) => provider.name === name);
  if (named !== undefined) return named;
  throw new ShardwrightError("usage", {
    problem: `No CI system is called ${name}.`,
    remedy: `Use ${known.map((provider) => provider.name).join(", ")}, or leave --provider out.`,
  });
}

/** What the channels of a CI system work with in this process. */
export function openSession(options: SessionOptions): Session {
  const { environment, token, name, shownRun, workspace, politeness, write, signal, outputDir } = options;
  const now_ms = () => Date.now();
  return {
    env: environment,
    token,
    name,
    shownRun,
    workspace,
    fetch: politeFetch({
      ...(politeness && { politeness }),
      signal,
      now_ms,
      wait: (ms, stopped) => wait(ms, undefined, { signal: stopped }),
      random: Math.random,
    }),
    write: (line) => write(`${line}\n`),
    now_ms,
    signal,
    outputDir,
  };
}

import type { Channel } from "../publishing/channel.ts";
import type { CiCapabilities, CiDescription, CiProvider, Environment, LogDialect } from "../provider.ts";
import { plainLog } from "./plain-log.ts";

/** What a CI system that is known by its variables differs in from one of which nothing is known. */
export interface ByEnvironment {
  readonly name: string;
  readonly capabilities: Partial<CiCapabilities> & Pick<CiCapabilities, "title">;
  readonly detect: (env: Environment) => boolean;
  readonly describe: (env: Environment) => CiDescription;
  readonly log?: LogDialect;
  readonly channels?: readonly Channel[];
}

/** A provider of which little is known but its variables. */
export function byEnvironment({ capabilities, log = plainLog, channels = [], ...rest }: ByEnvironment): CiProvider {
  return {
    ...rest,
    capabilities: {
      pull_requests: false,
      forks: false,
      attempts: false,
      jobs: false,
      log_groups: false,
      masking: false,
      ...capabilities,
    },
    log,
    channels,
  };
}

/** The number of a pull request, where a system writes `false` for none. */
export function pullNumber(text: string | undefined): string | undefined {
  return text === undefined || text === "" || text === "false" ? undefined : text;
}

/** Whether a pull request comes from another repository; undefined where it is none or nobody says. */
export function isOther(pull: string | undefined, head: string | undefined, base: string | undefined): boolean | undefined {
  return pull === undefined || !head || !base ? undefined : head !== base;
}

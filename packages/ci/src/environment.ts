import { azureProvider } from "./azure/provider.ts";
import { githubProvider } from "./github/provider.ts";
import { gitlabProvider } from "./gitlab/provider.ts";
import { jenkinsProvider } from "./jenkins/provider.ts";
import { appveyorProvider } from "./other/appveyor.ts";
import { bitbucketProvider } from "./other/bitbucket.ts";
import { buildkiteProvider } from "./other/buildkite/provider.ts";
import { circleciProvider } from "./other/circleci.ts";
import { droneProvider } from "./other/drone.ts";
import { noProvider, otherProvider } from "./other/provider.ts";
import { semaphoreProvider } from "./other/semaphore.ts";
import { teamcityProvider } from "./other/teamcity/provider.ts";
import { travisProvider } from "./other/travis.ts";
import { woodpeckerProvider } from "./other/woodpecker.ts";
import type { CiDescription, CiProvider, Environment } from "./provider.ts";

/** The CI systems that are known, in the order in which they are looked for. */
export const providers: readonly CiProvider[] = [
  githubProvider,
  gitlabProvider,
  azureProvider,
  jenkinsProvider,
  circleciProvider,
  buildkiteProvider,
  bitbucketProvider,
  teamcityProvider,
  travisProvider,
  woodpeckerProvider,
  droneProvider,
  semaphoreProvider,
  appveyorProvider,
  otherProvider,
];

/** Those that plugins have added. Of which CI system it is a job is the same for all of a process. */
let added: readonly CiProvider[] = [];

/** Has this process look for these CI systems first. @returns what to call when it is to look for them no longer */
export function addProviders(more: readonly CiProvider[]): () => void {
  added = [...more, ...added];
  return () => {
    added = added.filter((provider) => !more.includes(provider));
  };
}

/** All CI systems that this process knows, in the order in which they are looked for. */
export function knownProviders(): readonly CiProvider[] {
  return [...added, ...providers];
}

/** The CI system whose job this is; `none` on a person's machine. */
export function detectProvider(env: Environment, known: readonly CiProvider[] = knownProviders()): CiProvider {
  return known.find((provider) => provider.detect(env)) ?? noProvider;
}

/** What the CI system says about the job, and its name. Asks nothing over the network. */
export interface CiEnvironment extends CiDescription {
  /** `none` on a person's machine, `other` in some CI system of which nothing more is known. */
  readonly provider: string;
}

export function detectEnvironment(env: Environment): CiEnvironment {
  const provider = detectProvider(env);
  return { provider: provider.name, ...provider.describe(env) };
}

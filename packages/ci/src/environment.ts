import { azureProvider } from "./azure/provider.ts";
import { githubProvider } from "./github/provider.ts";
import { gitlabProvider } from "./gitlab/provider.ts";
import { jenkinsProvider } from "./jenkins/provider.ts";
import { noProvider, otherProvider } from "./other/provider.ts";
import type { CiDescription, CiProvider, Environment } from "./provider.ts";

/** The CI systems that are known, in the order in which they are looked for. */
export const providers: readonly CiProvider[] = [githubProvider, gitlabProvider, azureProvider, jenkinsProvider, otherProvider];

/** The CI system whose job this is; `none` on a person's machine. */
export function detectProvider(env: Environment, known: readonly CiProvider[] = providers): CiProvider {
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

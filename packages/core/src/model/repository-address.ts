import type { RunContext } from "./run.ts";

/**
 * Where a run's repository can be looked at, by what its CI system tells of it: most have a build's page below that of its repository.
 * Undefined where that is not so, or not over https: whoever submitted the run wrote it.
 */
export function repositoryAddress({
  provider,
  repository,
  build_url,
}: Pick<RunContext, "provider" | "repository" | "build_url">): string | undefined {
  if (repository === undefined || build_url === undefined || !/^https:\/\/[^\s"'<>@]+$/i.test(build_url)) return undefined;
  const project = /^(.+)\/_build\//.exec(build_url)?.[1];
  // A repository of another system's, built by Azure Pipelines, is named with its owner.
  if (provider === "azure")
    return project === undefined || repository.includes("/") ? undefined : `${project}/_git/${repository}`;
  const at = build_url.indexOf(`/${repository}/`);
  return at < "https://x".length || !repository.includes("/") ? undefined : `${build_url.slice(0, at)}/${repository}`;
}

import { type RunContext, type RunList, commitAddress, repositoryAddress } from "@shardwright/core";
import { withQuery } from "../data/api.ts";
import { useGet } from "../data/use-get.ts";

interface CommitNameProps {
  readonly commit: string;
  /** Where its repository can be looked at, if that is known. */
  readonly at: string | undefined;
  /** How many characters of it are shown; all when absent. */
  readonly length?: number;
}

/** A commit, and a link to it where there is a place to look at it. */
export function CommitName({ commit, at, length = commit.length }: CommitNameProps) {
  const address = commitAddress(commit, at);
  const name = <code>{commit.slice(0, length)}</code>;
  if (address === undefined) return name;
  return (
    <a href={address} target="_blank" rel="noreferrer" title={commit}>
      {name}
    </a>
  );
}

/** Where a project's repository can be looked at, as the newest of its runs says. */
export function useRepository(project: string): string | undefined {
  const { data } = useGet<RunList>(withQuery("runs", { project, limit: 1 }));
  const context: RunContext | undefined = data?.runs[0]?.context;
  return context === undefined ? undefined : repositoryAddress(context);
}

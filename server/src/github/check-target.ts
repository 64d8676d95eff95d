import type { RunRow } from "../database/queries/runs.ts";
import type { GithubApp } from "./options.ts";

/** The check of a run as it was opened last: opened again, it gets a new one, as GitHub's own do. */
export interface CheckTarget {
  /** `acme/shop` */
  readonly repository: string;
  readonly commit: string;
  readonly name: string;
  /** Names run and opening: by it the check is found again, by another leader or from a delivery. */
  readonly externalId: string;
  readonly detailsUrl: string | undefined;
  readonly started_at_ms: number;
}

type TargetRow = Pick<RunRow, "id" | "project" | "context" | "opened_position" | "opened_at_ms">;

/** Where a run is told of; undefined for one that is not GitHub's, or whose project may not tell of that repository. */
export function targetOf(row: TargetRow, app: Pick<GithubApp, "mayWrite">): CheckTarget | undefined {
  const { provider, repository, commit, check_name: name = "Shardwright", build_url } = row.context;
  if (provider !== "github" || repository === undefined || commit === undefined) return undefined;
  if (!isAddressable(repository, commit) || !app.mayWrite(row.project, repository)) return undefined;
  return {
    repository,
    commit,
    name,
    externalId: `${row.id}/${row.opened_position}`,
    detailsUrl: build_url !== undefined && /^https?:\/\//.test(build_url) ? build_url : undefined,
    started_at_ms: row.opened_at_ms,
  };
}

/** What an external id names; undefined for one that is not ours. */
export function readExternalId(text: string): { readonly run: string; readonly opened_position: number } | undefined {
  const [, run, position] = /^(r-[0-9a-z]{16})\/(\d{1,15})$/.exec(text) ?? [];
  return run === undefined ? undefined : { run, opened_position: Number(position) };
}

/** Both become parts of addresses, and come from others. */
export function isAddressable(repository: string, commit: string): boolean {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository) || repository.split("/").some((part) => /^\.+$/.test(part))) return false;
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit);
}

import { escapeHtml } from "../../html/escape.ts";
import { shortCommit } from "../words.ts";

/** Where the commits of a repository are, to which a commit's name is added; undefined for what is no https address. */
export function commitsAt(repository_url: string | undefined): string | undefined {
  if (repository_url === undefined || !/^https:\/\/[^\s"'<>]+$/i.test(repository_url)) return undefined;
  return `${repository_url.replace(/\/+$|\.git\/*$/, "")}/commit/`;
}

/** Where one commit can be looked at; undefined where that is not known, or it has no name of a commit. */
export function commitAddress(commit: string, repository_url: string | undefined): string | undefined {
  const base = commitsAt(repository_url);
  return base === undefined || !isCommit(commit) ? undefined : base + commit;
}

/** A commit, as a link where it is one of a repository that is known. */
export function commitLink(commit: string, repository_url: string | undefined): string {
  const address = commitAddress(commit, repository_url);
  const name = `<code>${escapeHtml(shortCommit(commit))}</code>`;
  return address === undefined ? name : `<a href="${escapeHtml(address)}" rel="noreferrer">${name}</a>`;
}

/** A name that only a commit has: anything else would make a link that leads nowhere. */
function isCommit(name: string): boolean {
  return /^[0-9a-f]{7,64}$/i.test(name);
}

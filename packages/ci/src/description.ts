import { createHash } from "node:crypto";
import type { MatrixJob, RunContext } from "@shardwright/core";

/** A run's key may have 256 characters: this leaves room for what tells the runs of one pipeline apart. */
const keyLimit = 200;
const digestLength = 16;

/** The key of a pipeline from what names it; none where less than two of the parts are known. */
export function pipelineKey(provider: string, parts: readonly (string | undefined)[]): { pipelineKey?: string } {
  const known = parts.filter((part) => part !== undefined && part !== "");
  if (known.length < 2) return {};
  const whole = [provider, ...known].join(":");
  if (whole.length <= keyLimit) return { pipelineKey: whole };
  // Cut alone, the keys of two jobs with long names would be one.
  const digest = createHash("sha256").update(whole).digest("hex").slice(0, digestLength);
  return { pipelineKey: `${whole.slice(0, keyLimit - digestLength - 1)}~${digest}` };
}

/** Leaves out what is absent or empty. */
export function contextOf(context: { readonly [Key in keyof RunContext]: RunContext[Key] | undefined }): RunContext {
  return Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined && value !== ""));
}

/** A whole number from 1, else nothing. */
export function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/**
 * Which of several like jobs this is; nothing where the variables do not say, or say what cannot be.
 * @param from the number of the first job: 0 or 1
 */
export function jobOf(index: string | undefined, total: string | undefined, from: 0 | 1): { job?: MatrixJob } {
  const count = positive(total);
  const place = Number(index) - from;
  if (count === undefined || index === undefined || index === "" || !Number.isInteger(place)) return {};
  return place >= 0 && place < count ? { job: { index: place, total: count } } : {};
}

/** A branch's name without `refs/heads/`. */
export function branchName(ref: string | undefined): string | undefined {
  return ref?.replace(/^refs\/heads\//, "");
}

/**
 * `group/name` of the address from which git fetches, whatever its form; nothing where it is none. A name or password in it is left out.
 * Forms: https://git-scm.com/docs/git-clone#_git_urls
 */
export function repositoryName(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const path = URL.canParse(url) ? new URL(url).pathname : /^(?:[^/@]+@)?[^/:]+:(?<path>.+)$/.exec(url)?.groups?.path;
  return (
    path
      ?.replace(/^\/+/, "")
      .replace(/\/+$/, "")
      .replace(/\.git$/, "") || undefined
  );
}

import { type RangeCommit, type RangeHistory, rangeCommitsLimit, reasonOf } from "@shardwright/core";
import { git } from "@shardwright/worker";
import { short } from "./bisect/history.ts";

interface CommitRange {
  readonly last_good?: string | undefined;
  readonly commits: readonly string[];
}

/** Ranges that are looked up for one report, and how long each step may take. */
const rangesLimit = 20;
const timeout_ms = 10_000;
/** What a commit is called that git is asked about: anything else could mean something to it. */
const isHash = /^[0-9a-f]{7,64}$/i;
const textLimit = 200;
const fieldEnd = "\u001f";

/**
 * Adds to ranges of commits what the checkout here says of them. Where there is no checkout, nothing is added; where it lacks a commit, that is
 * said. Nothing in it is changed.
 */
export async function withHistories<T extends CommitRange>(
  ranges: readonly T[],
  directory: string,
): Promise<(T & { readonly history?: RangeHistory })[]> {
  if (ranges.length === 0 || !(await isCheckout(directory))) return [...ranges];
  const known = new Map<string, Promise<RangeHistory>>();
  return Promise.all(
    ranges.map(async (range, at) => {
      const [good, bad] = [range.last_good, range.commits.at(-1)];
      if (good === undefined || bad === undefined || !isHash.test(good) || !isHash.test(bad)) return range;
      const key = `${good} ${bad}`;
      const history = known.get(key) ?? (at < rangesLimit ? historyOf(good, bad, directory) : undefined);
      if (history === undefined) return range;
      known.set(key, history);
      return { ...range, history: await history };
    }),
  );
}

async function historyOf(good: string, bad: string, cwd: string): Promise<RangeHistory> {
  const ask = (...args: string[]) => git(args, { cwd, timeout_ms });
  try {
    const hashes: string[] = [];
    for (const name of [good, bad]) {
      const found = await ask("rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`).catch(() => "");
      if (found.trim() === "") return trouble(`This checkout does not have the commit ${short(name)}${await howToGet(ask)}.`);
      hashes.push(found.trim());
    }
    const range = hashes.join("..");
    const isOnLine = await ask("merge-base", "--is-ancestor", ...hashes).then(
      () => true,
      () => false,
    );
    // What lies between is known only where one comes before the other: a shallow clone is cut off before that.
    if (!isOnLine) return trouble(`In this checkout ${short(good)} does not come before ${short(bad)}${await howToGet(ask)}.`);
    const format = ["%H", "%an", "%s"].join("%x1f");
    const listed = await ask("log", `--format=${format}`, `--max-count=${rangeCommitsLimit}`, range);
    const count = Number(await ask("rev-list", "--count", range));
    const commits = listed
      .split("\n")
      .filter((line) => line !== "")
      .map(commitOf);
    return { commits, more: Math.max(0, count - commits.length) };
  } catch (error) {
    return trouble(`git does not say what lies between ${short(good)} and ${short(bad)}: ${reasonOf(error)}`);
  }
}

async function howToGet(ask: (...args: string[]) => Promise<string>): Promise<string> {
  const isShallow = await ask("rev-parse", "--is-shallow-repository").catch(() => "");
  return isShallow.trim() === "true" ? ": it is a shallow clone (git fetch --unshallow)" : "";
}

async function isCheckout(cwd: string): Promise<boolean> {
  return git(["rev-parse", "--git-dir"], { cwd, timeout_ms }).then(
    () => true,
    () => false,
  );
}

function commitOf(line: string): RangeCommit {
  const [commit = "", author = "", ...subject] = line.split(fieldEnd);
  return { commit, author: author.slice(0, textLimit), subject: subject.join(" ").slice(0, textLimit) };
}

function trouble(said: string): RangeHistory {
  return { commits: [], more: 0, trouble: said };
}

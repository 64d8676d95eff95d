import { pathToFileURL } from "node:url";
import { relative, sep } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import { git } from "@shardwright/worker";
import type { Configuration } from "../../config/resolve.ts";
import { isHere, withoutCredentials } from "../../run/remote-workspace.ts";

/** The most commits that one search looks among. */
const commitsLimit = 10_000;
const textLimit = 200;
const fieldEnd = "\u001f";
const format = ["%H %P", "%an", "%s"].join("%x1f");

export interface Commit {
  readonly sha: string;
  readonly subject: string;
  /** Who wrote it: the name alone, for what is printed ends in logs that others read. */
  readonly author: string;
  /** All that its branch brought counts as one commit. */
  readonly isMerge: boolean;
}

/** Reads the local checkout's history; nothing in it is changed. */
export class History {
  readonly #root: string;
  readonly #signal: AbortSignal;

  constructor(root: string, signal: AbortSignal) {
    this.#root = root;
    this.#signal = signal;
  }

  /**
   * From the good commit to the bad one, both included, along first parents.
   * @throws ShardwrightError `usage` for commits that are not there, or do not lie on one line
   */
  async between(good: string, bad: string): Promise<Commit[]> {
    const [from, until] = [await this.#resolve(good), await this.#resolve(bad)];
    if (from === until) throw refusal(`${short(good)} is both the good and the bad commit.`, "Name two of them.");
    const listed = await this.#git(
      "rev-list",
      "--first-parent",
      "--reverse",
      `--format=${format}`,
      `--max-count=${commitsLimit + 1}`,
      `${from}..${until}`,
    );
    const commits = listed.split("\n").filter((line) => line !== "" && !line.startsWith("commit "));
    const after = commits.map(commitOf);
    if (after.length > commitsLimit)
      throw refusal(
        `More than ${commitsLimit} commits lie between.`,
        "Name ones that are nearer to each other, with --good and --bad.",
      );
    const parent = (await this.#git("rev-parse", "--verify", "--quiet", `${after[0]?.sha ?? until}^1`).catch(() => "")).trim();
    if (after.length === 0 || parent !== from) throw await this.#notOnOneLine(good, bad);
    return [await this.#one(from), ...after];
  }

  /** Where workers find the commits, and the workspace's folder there. */
  async place({ settings, root }: Configuration): Promise<{ readonly url: string; readonly directory: string }> {
    const top = (await this.#git("rev-parse", "--show-toplevel")).trim();
    const directory = relative(top, root).split(sep).join("/") || ".";
    if (settings.gitUrl !== undefined) return { url: settings.gitUrl, directory };
    if (isHere(settings.coordinator)) return { url: pathToFileURL(top).href, directory };
    return { url: withoutCredentials((await this.#git("remote", "get-url", "origin")).trim()), directory };
  }

  async #one(sha: string): Promise<Commit> {
    return commitOf((await this.#git("show", "-s", `--format=${format}`, sha)).trim());
  }

  async #resolve(name: string): Promise<string> {
    const found = await this.#git("rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`).catch(
      () => undefined,
    );
    if (found !== undefined && found.trim() !== "") return found.trim();
    throw refusal(
      `This checkout does not have the commit ${short(name)}.`,
      (await this.#isShallow())
        ? "It is a shallow clone: run git fetch --unshallow."
        : "Fetch it (git fetch origin), or name others with --good and --bad.",
    );
  }

  async #notOnOneLine(good: string, bad: string): Promise<ShardwrightError> {
    if (await this.#isShallow())
      return refusal(`The history between ${short(good)} and ${short(bad)} is cut off here.`, "Run git fetch --unshallow.");
    return refusal(
      `${short(good)} is not among the first parents of ${short(bad)}.`,
      "Name a good commit of the branch that the bad one is on: those of merged branches are not looked at one by one.",
    );
  }

  async #isShallow(): Promise<boolean> {
    return (await this.#git("rev-parse", "--is-shallow-repository").catch(() => "")).trim() === "true";
  }

  #git(...args: string[]): Promise<string> {
    return git(args, { cwd: this.#root, signal: this.#signal });
  }
}

function commitOf(line: string): Commit {
  const [hashes = "", author = "", ...subject] = line.split(fieldEnd);
  const [sha = "", ...parents] = hashes.split(" ");
  return {
    sha,
    subject: subject.join(" ").slice(0, textLimit),
    author: author.slice(0, textLimit),
    isMerge: parents.filter((one) => one !== "").length > 1,
  };
}

export function short(commit: string): string {
  return commit.slice(0, 12);
}

function refusal(problem: string, remedy: string): ShardwrightError {
  return new ShardwrightError("usage", { problem, remedy });
}

import { createHash } from "node:crypto";
import { extname, resolve } from "node:path";
import type { SessionTask } from "../runner.ts";

/**
 * Where one package's coverage goes, when the run's is wanted in a file: beside that file, under the package's name. Profiles of
 * packages are joined by joining their lines.
 * @example coverProfileFor("cover.out", "/work", { file: "internal/money", … }) === "/work/cover.internal~money.out"
 */
export function coverProfileFor(
  profile: string,
  suite: string,
  { file, cases, except, finished }: Pick<SessionTask, "file" | "cases" | "except" | "finished">,
  part: number,
): string {
  const ending = extname(profile);
  // Groups of one package's cases may run at the same time, and what an attempt resumed is in that one's profile.
  const named = cases ?? (except === undefined ? undefined : { except });
  const choice = finished === undefined ? named : { named, finished };
  const group = choice === undefined ? [] : [createHash("sha256").update(JSON.stringify(choice)).digest("hex").slice(0, 12)];
  const name = [file.replaceAll("/", "~"), ...group, ...(part === 0 ? [] : [String(part)])].join("~");
  return resolve(suite, `${profile.slice(0, profile.length - ending.length)}.${name}${ending}`);
}

import { randomUUID } from "node:crypto";
import { lstat, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { numberSpace, processIdentity } from "./processes.ts";

/** In the environment of a browser's processes: whose it is, and which. */
export const markVariable = "SHARDWRIGHT_BROWSER";

export function markFor(owner: string, instance: string): string {
  return `${owner}/${instance}`;
}

export function ownerOf(mark: string): string {
  return mark.split("/", 1)[0] ?? "";
}

const profileFile = ".profile";
/**
 * Chromium keeps sockets in its folder of temporary files, `org.chromium.Chromium.XXXXXX/SingletonSocket`, whose path the system bounds to
 * 104 bytes at the least, and does not start where it is longer.
 */
const longestTemporary = 103 - "/org.chromium.Chromium.XXXXXX/SingletonSocket".length;

/** Where all pools of this user on this machine keep what their browsers leave, each in a folder by its owner's name. */
export function browsersRoot(): string {
  return join(tmpdir(), `shardwright-${userInfo().uid}`);
}

/** Names this process so that it can be told later, by another one, whether it is gone: `4026531836-1234-56789`. */
export async function ownerName(): Promise<string> {
  // Where nobody tells, nobody is able to find out later either: the name is ours for as long as we are there.
  return (await processIdentity(process.pid)) ?? `${await numberSpace()}-${process.pid}-${randomUUID().slice(0, 8)}`;
}

/** What belongs to one browser, in a folder of its own, which goes with it. */
export interface BrowserFolder {
  readonly path: string;
  /** For its temporary files; undefined where its path is too long for that. */
  readonly temporary: string | undefined;
  /** For downloads, videos and traces. */
  readonly artifacts: string;
}

/** Whether the root is there, a folder and this user's own: the folder of temporary files is everybody's. */
export async function isOurRoot(): Promise<boolean> {
  const found = await lstat(browsersRoot()).catch(() => undefined);
  return found?.isDirectory() === true && (process.platform === "win32" || found.uid === userInfo().uid);
}

/** @throws Error when the root is somebody else's, or nothing can be made in it */
export async function makeBrowserFolder(owner: string, instance: string): Promise<BrowserFolder> {
  await mkdir(browsersRoot(), { recursive: true, mode: 0o700 });
  if (!(await isOurRoot())) throw new Error(`${browsersRoot()} is not a folder of this user`);
  const path = join(browsersRoot(), owner, instance);
  const artifacts = join(path, "artifacts");
  await mkdir(artifacts, { recursive: true, mode: 0o700 });
  const isShort = process.platform === "win32" || Buffer.byteLength(path) <= longestTemporary;
  return { path, temporary: isShort ? path : undefined, artifacts };
}

/**
 * Writes down the profile that Playwright made for a browser, which lies elsewhere, so that it is found when nobody else knows of it.
 * @param args the browser's command line
 */
export async function noteProfile(folder: BrowserFolder, args: readonly string[]): Promise<void> {
  const profile = profileIn(args);
  if (profile !== undefined) await writeFile(join(folder.path, profileFile), profile, { mode: 0o600 });
}

/** Removes a browser's folder, and the profile that belongs to it. What cannot be removed yet is left for the next who looks. */
export async function removeBrowserFolder(path: string): Promise<void> {
  const profile = await readFile(join(path, profileFile), "utf8").catch(() => "");
  if (isProfile(profile)) await removeFolder(profile);
  await removeFolder(path);
}

/** A browser that was killed may write for a moment yet. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => {});
}

/** The folder that a browser was told to keep its profile in, where that is one that Playwright made. */
function profileIn(args: readonly string[]): string | undefined {
  const inSwitch = args.find((arg) => arg.startsWith("--user-data-dir="))?.slice("--user-data-dir=".length);
  const afterSwitch = args[args.findIndex((arg) => arg === "-profile" || arg === "--profile") + 1];
  return [inSwitch, afterSwitch].find((path) => path !== undefined && isProfile(path));
}

/** Nothing else is ever removed, whatever a file says. */
function isProfile(path: string): boolean {
  return dirname(path) === tmpdir() && /^playwright_[a-z]+dev_profile-\w+$/.test(basename(path));
}

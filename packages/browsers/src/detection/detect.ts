import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, isAbsolute, resolve } from "node:path";
import { reasonOf } from "@shardwright/core";
import type { DetectedBrowser } from "../browser.ts";
import { browserTitle } from "../launch/unusable.ts";
import { identify, recognisedKinds, type Identity } from "./identity.ts";
import { playwrightFolder, shellPlaces, toldPlaces, usualPlaces, type Surroundings } from "./places.ts";
import { playwrightBuilds, versionOfBuild, type PlaywrightBuild } from "./playwright-builds.ts";
import { productName } from "./product-name.ts";
import { sayVersion } from "./say-version.ts";

/** A program that was looked at and is no browser to be offered. */
export interface RejectedProgram {
  readonly executable: string;
  readonly reason: string;
}

export interface Detection {
  /** Where several are of one kind, the first is the one to use: what an operator named, the PATH, usual places, Playwright's builds. */
  readonly browsers: readonly DetectedBrowser[];
  readonly rejected: readonly RejectedProgram[];
}

interface Candidate {
  readonly executable: string;
  /** What to call it. */
  readonly kind?: string | undefined;
  /** Somebody named it: that it is not there has to be told. */
  readonly told?: boolean;
  readonly build?: PlaywrightBuild;
  /** It has no windows: it serves beside a browser of its version, and is one by itself only where there is none. */
  readonly isShell?: boolean;
}

/**
 * Finds the browsers of this machine: files that may be executed, each once, and asks each for its version. That one of them starts, and
 * what it can do, is for the probe to say.
 */
export async function detectBrowsers(surroundings: Partial<Surroundings> = {}): Promise<Detection> {
  const { platform = process.platform, environment = process.env, home = homedir() } = surroundings;
  const around = { platform, environment, home };
  const folder = playwrightFolder(around);
  const builds = folder === undefined ? [] : await playwrightBuilds(resolve(folder));
  const candidates: Candidate[] = [
    ...toldPlaces(environment["SHARDWRIGHT_BROWSERS"]).map((place) => ({ ...place, told: true })),
    ...usualPlaces(around).map((executable) => ({ executable })),
    ...builds.flatMap((build) => build.programs.map((executable) => ({ executable, build, isShell: build.isShell }))),
    ...shellPlaces(around).map((executable) => ({ executable, isShell: true })),
  ];
  const rejected: RejectedProgram[] = [];
  const programs = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const found = await programAt(candidate.executable);
    if ("reason" in found) {
      if (candidate.told === true) rejected.push({ executable: candidate.executable, reason: found.reason });
    } else if (!programs.has(found.program)) programs.set(found.program, { ...candidate, executable: found.program });
  }
  const order = [...programs.values()].toSorted((a, b) => Number(a.isShell ?? false) - Number(b.isShell ?? false));
  const asked = await Promise.all(order.map(async (candidate) => ({ candidate, answer: await ask(candidate, platform) })));
  const browsers = new Map<string, Found>();
  for (const { candidate, answer } of asked) {
    if ("reason" in answer) {
      rejected.push(answer);
      continue;
    }
    // A wrapper and the program that it starts are one browser.
    const name = `${answer.kind} ${answer.version} ${answer.channel}`;
    const known = browsers.get(name);
    if (known === undefined) browsers.set(name, { candidate, browser: answer });
    else if (candidate.isShell === true) browsers.set(name, withShell(known, answer.executable));
  }
  return { browsers: [...browsers.values()].map(({ browser }) => browser), rejected };
}

interface Found {
  readonly candidate: Candidate;
  readonly browser: DetectedBrowser;
}

/** Who names a program means that one; a shell needs no other. */
function withShell(found: Found, headlessShell: string): Found {
  const { candidate, browser } = found;
  if (candidate.told === true || candidate.isShell === true || browser.headlessShell !== undefined) return found;
  return { candidate, browser: { ...browser, headlessShell } };
}

/** The file that a path leads to, if it may be executed. */
async function programAt(path: string): Promise<{ program: string } | { reason: string }> {
  try {
    if (!isAbsolute(path)) return { reason: "the path is not absolute" };
    if (!(await stat(path)).isFile()) return { reason: "it is no file" };
    await access(path, constants.X_OK);
    const real = await realpath(path);
    // What is started by snap's own program knows itself by the name it is called by.
    return { program: basename(real) === "snap" ? path : real };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { reason: "it is not there" };
    return { reason: code === "EACCES" ? "it may not be executed" : reasonOf(error) };
  }
}

async function ask(candidate: Candidate, platform: NodeJS.Platform): Promise<DetectedBrowser | RejectedProgram> {
  const { executable, build, kind } = candidate;
  try {
    const found = build?.engine === "webkit" ? await webkitOf(build) : await identityOf(executable, platform);
    if ("reason" in found) return { executable, reason: found.reason };
    const channel = build === undefined ? found.channel : "playwright";
    if (kind === undefined || kind === found.kind) return { ...found, channel, executable };
    if (recognisedKinds.has(kind))
      return { executable, reason: `it was to be ${kind}, and says that it is ${browserTitle(found)}` };
    return { ...found, kind, channel, executable };
  } catch (error) {
    return { executable, reason: reasonOf(error) };
  }
}

async function identityOf(executable: string, platform: NodeJS.Platform): Promise<Identity | { reason: string }> {
  const text = platform === "win32" ? await productName(executable) : await sayVersion(executable);
  const firstLine = text?.split("\n", 1)[0]?.slice(0, 100) ?? "";
  const identity = identify(text ?? "");
  return identity ?? { reason: firstLine === "" ? "it does not say what it is" : `it is no browser that is known: ${firstLine}` };
}

/** Playwright starts it by a script, which tells no version. */
async function webkitOf(build: PlaywrightBuild): Promise<Identity> {
  return { kind: "webkit", engine: "webkit", channel: "playwright", version: await versionOfBuild(build) };
}

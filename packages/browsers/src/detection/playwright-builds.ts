import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Engine } from "../browser.ts";

/** A build that Playwright has installed. */
export interface PlaywrightBuild {
  readonly engine: Engine;
  readonly revision: number;
  /** Chromium without windows. */
  readonly isShell: boolean;
  /** Paths of its program, of which one is there: which one differs between systems and revisions. */
  readonly programs: readonly string[];
}

const shellPrefix = "chromium_headless_shell";

/** Paths of the programs inside a build's folder, by the name that the folder begins with. */
const layouts: readonly { readonly prefix: string; readonly engine: Engine; readonly programs: readonly string[] }[] = [
  {
    prefix: "chromium",
    engine: "chromium",
    programs: [
      "chrome-linux64/chrome",
      "chrome-linux/chrome",
      "chrome-win64/chrome.exe",
      "chrome-win/chrome.exe",
      ...["mac-arm64", "mac-x64", "mac"].flatMap((system) =>
        ["Google Chrome for Testing", "Chromium"].map((name) => `chrome-${system}/${name}.app/Contents/MacOS/${name}`),
      ),
    ],
  },
  {
    prefix: shellPrefix,
    engine: "chromium",
    programs: [
      ...["linux64", "mac-arm64", "mac-x64"].map((system) => `chrome-headless-shell-${system}/chrome-headless-shell`),
      "chrome-headless-shell-win64/chrome-headless-shell.exe",
      "chrome-linux/headless_shell",
      "chrome-win/headless_shell.exe",
    ],
  },
  {
    prefix: "firefox",
    engine: "firefox",
    programs: ["firefox/firefox", "firefox/firefox.exe", "firefox/Nightly.app/Contents/MacOS/firefox"],
  },
  { prefix: "webkit", engine: "webkit", programs: ["pw_run.sh", "Playwright.exe"] },
];

/** Lists the builds in a folder that are whole, of each sort the newest. A folder that is not there has none. */
export async function playwrightBuilds(folder: string): Promise<PlaywrightBuild[]> {
  const names = await readdir(folder).catch(() => []);
  const builds: PlaywrightBuild[] = [];
  for (const { prefix, engine, programs } of layouts) {
    const revisions = names
      .map((name) => (name.startsWith(`${prefix}-`) ? name.slice(prefix.length + 1) : ""))
      .filter((revision) => /^\d+$/.test(revision))
      .map(Number)
      .toSorted((left, right) => right - left);
    for (const revision of revisions) {
      const inside = join(folder, `${prefix}-${revision}`);
      // Playwright writes this when a download is complete.
      const isWhole = await readFile(join(inside, "INSTALLATION_COMPLETE")).then(
        () => true,
        () => false,
      );
      if (!isWhole) continue;
      builds.push({
        engine,
        revision,
        isShell: prefix === shellPrefix,
        programs: programs.map((path) => join(inside, ...path.split("/"))),
      });
      break;
    }
  }
  return builds;
}

/** The version of a build whose program does not tell it, from Playwright's own list; its revision where that has another. */
export async function versionOfBuild({ engine, revision }: PlaywrightBuild): Promise<string> {
  try {
    const root = dirname(createRequire(import.meta.url).resolve("playwright-core/package.json"));
    const { browsers } = JSON.parse(await readFile(join(root, "browsers.json"), "utf8")) as {
      browsers: { name: string; revision: string; browserVersion?: string }[];
    };
    const entry = browsers.find(({ name, revision: own }) => name === engine && own === String(revision));
    return entry?.browserVersion ?? `r${revision}`;
  } catch {
    return `r${revision}`;
  }
}

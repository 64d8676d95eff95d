import { delimiter, join, posix, win32 } from "node:path";

/** Where the system that is looked at keeps things; the tests look at others than the one they run on. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** Names of programs on the PATH, the usual release of each browser before its others. */
const programs = [
  "google-chrome-stable",
  "google-chrome",
  "chrome",
  "google-chrome-beta",
  "google-chrome-unstable",
  "chromium",
  "chromium-browser",
  "microsoft-edge-stable",
  "microsoft-edge",
  "msedge",
  "microsoft-edge-beta",
  "microsoft-edge-dev",
  "firefox",
  "firefox-esr",
  "firefox-beta",
  "firefox-nightly",
  "firefox-developer-edition",
];

/** Names that Chromium's headless shell has on the PATH. */
const shells = ["chromium-headless-shell", "chrome-headless-shell"];

const linuxPlaces = [
  "/opt/google/chrome/chrome",
  "/opt/google/chrome-beta/chrome",
  "/opt/google/chrome-unstable/chrome",
  "/usr/lib/chromium/chromium",
  "/usr/lib/chromium-browser/chromium-browser",
  "/usr/lib64/chromium-browser/chromium-browser",
  "/snap/bin/chromium",
  "/var/lib/flatpak/exports/bin/org.chromium.Chromium",
  "/opt/microsoft/msedge/msedge",
  "/opt/microsoft/msedge-beta/msedge",
  "/opt/microsoft/msedge-dev/msedge",
  "/usr/lib/firefox/firefox",
  "/usr/lib64/firefox/firefox",
  "/usr/lib/firefox-esr/firefox-esr",
  "/opt/firefox/firefox",
  "/snap/bin/firefox",
  "/var/lib/flatpak/exports/bin/org.mozilla.firefox",
];

/** Below `/Applications`, the system's and the user's. */
const macApplications = [
  "Google Chrome",
  "Google Chrome Beta",
  "Google Chrome Dev",
  "Google Chrome Canary",
  "Chromium",
  "Microsoft Edge",
  "Microsoft Edge Beta",
  "Microsoft Edge Dev",
  "Microsoft Edge Canary",
  "Firefox",
  "Firefox Developer Edition",
  "Firefox Nightly",
];

/** Below the folders of programs. */
const windowsPrograms = [
  ...["Chrome", "Chrome Beta", "Chrome Dev", "Chrome SxS"].map((name) => ["Google", name, "Application", "chrome.exe"]),
  ["Chromium", "Application", "chrome.exe"],
  ...["Edge", "Edge Beta", "Edge Dev", "Edge SxS"].map((name) => ["Microsoft", name, "Application", "msedge.exe"]),
  ...["Mozilla Firefox", "Firefox Developer Edition", "Firefox Nightly"].map((name) => [name, "firefox.exe"]),
];

/** Paths on which a browser may be, the system's own places before what is on the PATH by another way. */
export function usualPlaces({ platform, environment, home }: Surroundings): string[] {
  return [...onPath(platform, environment), ...knownPlaces(platform, environment, home)];
}

function onPath(
  platform: NodeJS.Platform,
  environment: Surroundings["environment"],
  names: readonly string[] = programs,
): string[] {
  const path = environment["PATH"] ?? environment["Path"] ?? "";
  const isWindows = platform === "win32";
  const paths = isWindows ? win32 : posix;
  const folders = path.split(paths.delimiter).filter((folder) => paths.isAbsolute(folder));
  return names.flatMap((name) => folders.map((folder) => paths.join(folder, isWindows ? `${name}.exe` : name)));
}

function knownPlaces(platform: NodeJS.Platform, environment: Surroundings["environment"], home: string): string[] {
  if (platform === "darwin")
    return ["/", home].flatMap((root) =>
      macApplications.map((name) =>
        // All of Firefox's applications hold a program of one name.
        posix.join(root, "Applications", `${name}.app`, "Contents", "MacOS", name.startsWith("Firefox") ? "firefox" : name),
      ),
    );
  if (platform !== "win32") return linuxPlaces;
  const roots = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"]
    .map((name) => environment[name] ?? environment[name === "PROGRAMFILES" ? "ProgramFiles" : "ProgramFiles(x86)"])
    .filter((root) => root !== undefined);
  return [...new Set(roots)].flatMap((root) => windowsPrograms.map((words) => win32.join(root, ...words)));
}

/** Where Chromium's headless shell may be: the program itself before a script that starts it. */
export function shellPlaces({ platform, environment }: Surroundings): string[] {
  const known = ["/usr/lib/chromium/chromium-headless-shell", "/usr/lib64/chromium-browser/headless_shell"];
  return [...(platform === "linux" ? known : []), ...onPath(platform, environment, shells)];
}

/** Where Playwright's own builds are. `PLAYWRIGHT_BROWSERS_PATH=0` puts them beside its package, of which nothing is known here. */
export function playwrightFolder({ platform, environment, home }: Surroundings): string | undefined {
  const told = environment["PLAYWRIGHT_BROWSERS_PATH"];
  if (told === "0") return undefined;
  if (told !== undefined && told !== "") return told;
  if (platform === "darwin") return posix.join(home, "Library", "Caches", "ms-playwright");
  if (platform === "win32")
    return win32.join(environment["LOCALAPPDATA"] ?? win32.join(home, "AppData", "Local"), "ms-playwright");
  return join(environment["XDG_CACHE_HOME"] || join(home, ".cache"), "ms-playwright");
}

/** What an operator says of a browser in `SHARDWRIGHT_BROWSERS`. */
export interface ToldPlace {
  readonly executable: string;
  /** What to call it, where that is said. */
  readonly kind?: string;
}

/** Reads `SHARDWRIGHT_BROWSERS`: paths, or `kind=path`, separated as in PATH. */
export function toldPlaces(text: string | undefined, separator: string = delimiter): ToldPlace[] {
  return (text ?? "")
    .split(separator)
    .filter((entry) => entry.trim() !== "")
    .map((entry) => {
      const [, kind, path] = /^([a-z][a-z0-9-]{0,31})=(.+)$/s.exec(entry.trim()) ?? [];
      return kind === undefined || path === undefined ? { executable: entry.trim() } : { kind, executable: path };
    });
}

import { expect, test } from "vitest";
import { playwrightFolder, shellPlaces, toldPlaces, usualPlaces } from "./places.ts";

test("looks on the PATH, where it is absolute, and then in each system's own places", () => {
  const linux = usualPlaces({ platform: "linux", environment: { PATH: "/usr/bin:.:bin:/snap/bin" }, home: "/home/a" });
  expect(linux.slice(0, 2)).toEqual(["/usr/bin/google-chrome-stable", "/snap/bin/google-chrome-stable"]);
  expect(linux).toContain("/opt/microsoft/msedge/msedge");
  expect(linux.every((path) => path.startsWith("/"))).toBe(true);

  const mac = usualPlaces({ platform: "darwin", environment: {}, home: "/Users/a" });
  expect(mac).toContain("/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge");
  expect(mac).toContain("/Users/a/Applications/Firefox Nightly.app/Contents/MacOS/firefox");

  const environment = { Path: "C:\\Tools", ProgramFiles: "C:\\Program Files", LOCALAPPDATA: "C:\\Users\\a\\AppData\\Local" };
  const windows = usualPlaces({ platform: "win32", environment, home: "C:\\Users\\a" });
  expect(windows[0]).toBe("C:\\Tools\\google-chrome-stable.exe");
  expect(windows).toContain("C:\\Program Files\\Microsoft\\Edge\\Application\\msedge.exe");
  expect(windows).toContain("C:\\Users\\a\\AppData\\Local\\Google\\Chrome SxS\\Application\\chrome.exe");
});

test("looks for a headless shell where its package has it, and on the PATH", () => {
  const places = shellPlaces({ platform: "linux", environment: { PATH: "/usr/bin" }, home: "/home/a" });
  expect(places[0]).toBe("/usr/lib/chromium/chromium-headless-shell");
  expect(places.slice(-2)).toEqual(["/usr/bin/chromium-headless-shell", "/usr/bin/chrome-headless-shell"]);
});

test("knows where Playwright keeps its builds", () => {
  const folder = (platform: NodeJS.Platform, environment = {}) => playwrightFolder({ platform, environment, home: "/h" });
  expect(folder("linux")).toBe("/h/.cache/ms-playwright");
  expect(folder("linux", { XDG_CACHE_HOME: "/c" })).toBe("/c/ms-playwright");
  expect(folder("darwin")).toBe("/h/Library/Caches/ms-playwright");
  expect(folder("win32", { LOCALAPPDATA: "C:\\l" })).toBe("C:\\l\\ms-playwright");
  expect(folder("linux", { PLAYWRIGHT_BROWSERS_PATH: "/p" })).toBe("/p");
  expect(folder("linux", { PLAYWRIGHT_BROWSERS_PATH: "0" })).toBeUndefined();
});

test("an operator names paths, and kinds before them", () => {
  expect(toldPlaces("/a/x=y:edge=/b/edge::my-fox=/c", ":")).toEqual([
    { executable: "/a/x=y" },
    { kind: "edge", executable: "/b/edge" },
    { kind: "my-fox", executable: "/c" },
  ]);
  expect(toldPlaces("C:\\a.exe;edge=C:\\b.exe", ";")).toEqual([
    { executable: "C:\\a.exe" },
    { kind: "edge", executable: "C:\\b.exe" },
  ]);
  expect(toldPlaces(undefined)).toEqual([]);
});

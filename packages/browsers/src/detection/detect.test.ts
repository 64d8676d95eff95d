import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { detectBrowsers } from "./detect.ts";
import { sayVersion } from "./say-version.ts";

// What stands in for browsers here are scripts.
const isPosix = process.platform !== "win32";
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardwright-browsers-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function program(path: string, body: string, mode = 0o755): Promise<string> {
  const whole = join(folder, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, `#!/bin/sh\n${body}\n`);
  await chmod(whole, mode);
  return whole;
}

/** With this PATH and nothing else; what is in the system's own places is left out. */
async function detectIn(environment: Record<string, string>) {
  const { browsers, rejected } = await detectBrowsers({ environment: { PATH: "", ...environment }, home: folder });
  const inside = ({ executable }: { executable: string }) => !executable.startsWith("/usr") && !executable.startsWith("/opt");
  return { browsers: browsers.filter(inside), rejected };
}

test.runIf(isPosix)("believes what a program says of itself, not where it is or what it is called", async () => {
  const edge = await program("real/edge", "echo Microsoft Edge 156.0.3900.12");
  await mkdir(join(folder, "bin"));
  // Called by the names of two others.
  await symlink(edge, join(folder, "bin", "google-chrome"));
  await symlink(edge, join(folder, "bin", "chromium"));
  expect(await detectIn({ PATH: join(folder, "bin") })).toEqual({
    browsers: [{ kind: "edge", engine: "chromium", channel: "stable", version: "156.0.3900.12", executable: edge }],
    rejected: [],
  });
});

test.runIf(isPosix)("a wrapper and what it starts are one browser, two releases are two", async () => {
  const real = await program("lib/chromium", "echo Chromium 156.0.1");
  const wrapper = await program("bin/chromium", `exec ${real} "$@"`);
  const older = await program("old/chromium", "echo Chromium 155.0.1");
  const { browsers } = await detectIn({ PATH: join(folder, "bin"), SHARDWRIGHT_BROWSERS: `${older}:${real}` });
  expect(browsers.map(({ executable }) => executable)).toEqual([older, real]);
  expect(browsers.map(({ executable }) => executable)).not.toContain(wrapper);
});

test.runIf(isPosix)("says of each program that an operator named why it is not used", async () => {
  const plain = await program("plain", "echo Chromium 156.0.1", 0o644);
  const chromium = await program("chromium", "echo Chromium 156.0.1");
  const fails = await program("fails", "exit 3");
  const fox = await program("fox", "echo Mozilla Firefox 155.0a1");
  const told = [join(folder, "none"), folder, plain, "/bin/true", `edge=${chromium}`, fails, `my-fox=${fox}`, "relative"];
  const { browsers, rejected } = await detectIn({ SHARDWRIGHT_BROWSERS: told.join(":") });
  expect(browsers).toEqual([{ kind: "my-fox", engine: "firefox", channel: "canary", version: "155.0", executable: fox }]);
  const reasons = Object.fromEntries(rejected.map(({ executable, reason }) => [executable.replace(folder, ""), reason]));
  expect(reasons).toMatchObject({
    "/none": "it is not there",
    "": "it is no file",
    "/chromium": "it was to be edge, and says that it is Chromium 156.0.1",
    "/fails": "asked for its version it ended with exit code 3",
    relative: "the path is not absolute",
  });
  expect(JSON.stringify(reasons)).toContain("it is no browser that is known: true (GNU coreutils)");
  // Root may execute what nobody may.
  if (process.getuid?.() !== 0) expect(reasons["/plain"]).toBe("it may not be executed");
});

test.runIf(isPosix)("of Playwright's builds the newest whole one counts", async () => {
  const build = (name: string, version: string) =>
    program(`pw/${name}/chrome-linux64/chrome`, `echo Google Chrome for Testing ${version}`);
  await build("chromium-1100", "150.0.1");
  await build("chromium-1200", "156.0.1");
  await build("chromium-1300", "157.0.1");
  for (const name of ["chromium-1100", "chromium-1200"]) await writeFile(join(folder, "pw", name, "INSTALLATION_COMPLETE"), "");
  const { browsers } = await detectIn({ PLAYWRIGHT_BROWSERS_PATH: join(folder, "pw") });
  expect(browsers).toMatchObject([{ kind: "chromium", channel: "playwright", version: "156.0.1" }]);
});

test.runIf(isPosix)("a headless shell belongs to the browser of its version; where there is none it is a browser", async () => {
  const shell = await program("bin/chromium-headless-shell", "echo Chromium 156.0.1");
  const path = join(folder, "bin");
  expect((await detectIn({ PATH: path })).browsers).toMatchObject([{ kind: "chromium", executable: shell }]);
  const whole = await program("bin/chromium", "echo Chromium 156.0.1");
  const { browsers } = await detectIn({ PATH: path });
  expect(browsers).toMatchObject([{ executable: whole, headlessShell: shell }]);
  expect(browsers).toHaveLength(1);
  // Who names a program means that one.
  const told = await detectIn({ PATH: path, SHARDWRIGHT_BROWSERS: whole });
  expect(told.browsers.map(({ headlessShell }) => headlessShell)).toEqual([undefined]);
  await program("bin/chromium", "echo Chromium 157.0.1");
  const apart = await detectIn({ PATH: path });
  expect(apart.browsers.map(({ version, headlessShell }) => [version, headlessShell])).toEqual([
    ["157.0.1", undefined],
    ["156.0.1", undefined],
  ]);
});

test.runIf(isPosix)("a program that hangs is ended, with what it has started", async () => {
  const marker = join(folder, "pid");
  const hangs = await program("hangs", `sleep 600 & echo $! > ${marker}; wait`);
  await expect(sayVersion(hangs, 300)).rejects.toThrow("it did not tell its version within 0.3 s");
  const child = Number(await readFile(marker, "utf8"));
  await expect.poll(() => isAlive(child)).toBe(false);
});

test.runIf(isPosix)("a program that leaves something running with its output open is not waited for", async () => {
  const leaves = await program("leaves", "sleep 600 & echo Chromium 1.2");
  expect(await sayVersion(leaves)).toBe("Chromium 1.2");
});

/** What nobody has buried yet is dead all the same. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

/** `npm run browsers`: installs browsers for the tests where there are none. With `--say`: which are here, and what is not tested without. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { browserTitle, detectBrowsers } from "@shardwright/browsers";

const wanted = [
  { title: "Chromium", kinds: ["chromium", "chrome", "edge"], own: "chromium", debian: ["chromium"] },
  { title: "Firefox", kinds: ["firefox"], own: "firefox", debian: ["firefox-esr", "mesa-vulkan-drivers"] },
] as const;

async function missing() {
  const { browsers } = await detectBrowsers();
  return { browsers, missing: wanted.filter(({ kinds }) => !browsers.some(({ kind }) => kinds.some((each) => each === kind))) };
}

/** Playwright's own builds need no rights, but its server has to be in reach; Debian's packages need root. */
async function install(): Promise<void> {
  const before = await missing();
  if (before.missing.length > 0) {
    const playwright = join(dirname(createRequire(import.meta.url).resolve("playwright-core/package.json")), "cli.js");
    run(process.execPath, [playwright, "install", ...before.missing.map(({ own }) => own)]);
  }
  const after = await missing();
  const isDebian = existsSync("/usr/bin/apt-get") && process.getuid?.() === 0;
  if (after.missing.length === 0 || !isDebian) return;
  run("apt-get", ["update", "-qq"]);
  const add = ["install", "-y", "-qq", "--no-install-recommends"];
  run("apt-get", [...add, ...after.missing.flatMap(({ debian }) => debian)]);
  // Not in each release: by itself, so that it keeps nothing else out.
  run("apt-get", [...add, "chromium-headless-shell"]);
}

function run(command: string, args: readonly string[]): void {
  console.log(`$ ${[command, ...args].join(" ")}`);
  spawnSync(command, args, { stdio: "inherit", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
}

async function say(): Promise<boolean> {
  const found = await missing();
  if (found.browsers.length > 0) console.log(`Browsers here: ${found.browsers.map(browserTitle).join(", ")}.`);
  for (const { title } of found.missing)
    console.log(`NOT TESTED: whatever needs a real ${title}, as none was found here. \`npm run browsers\` installs one.`);
  return found.missing.length === 0;
}

const onlySays = process.argv.includes("--say");
if (!onlySays) await install();
if (!(await say()) && !onlySays) {
  console.error("error: not all of them could be installed; the lines above say why. docs/browsers.md names other ways.");
  process.exitCode = 1;
}

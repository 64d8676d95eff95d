// Sets the checkout up, then runs one of its scripts under the pinned Node. The only file here that Node 18 must understand.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pnpm = "pnpm@12.20.0";
const scripts = {
  demo: ["tools/demo.ts"],
  test: ["node_modules/vitest/vitest.mjs", "run"],
  thorough: ["node_modules/vitest/vitest.mjs", "run", "--mode", "thorough"],
  check: ["tools/check.ts"],
  bench: ["bench/main.ts"],
  sim: ["test/sim/main.ts"],
  browsers: ["tools/browsers.ts"],
};

const [name = "", ...rest] = process.argv.slice(2);
if (!(name in scripts)) fail(`usage: node tools/bootstrap.mjs ${Object.keys(scripts).join("|")}`);
if (Number(process.versions.node.split(".")[0]) < 18)
  fail(`Node 18 or newer is needed to set up; this is ${process.versions.node}.`);

install();
const bin = join(root, "node_modules", ".bin");
const node = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
if (!existsSync(node)) fail(`The pinned Node is missing at ${node}: delete node_modules and run this again.`);
const separator = process.platform === "win32" ? ";" : ":";
const options = {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, PATH: `${dirname(node)}${separator}${bin}${separator}${process.env.PATH}` },
};
const result = spawnSync(node, [...scripts[name], ...rest], options);
// What was skipped for want of a browser is said where it is read: last.
if ((name === "test" || name === "thorough") && rest.length === 0) spawnSync(node, ["tools/browsers.ts", "--say"], options);
if (result.error) fail(`Could not start ${node}: ${result.error.message}`);
process.exit(result.status ?? 1);

/** Installs the dependencies unless the last installation was of exactly this lock file. */
function install() {
  const marker = join(root, "node_modules", ".installed");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .update(readFileSync(join(root, "package.json")))
    .digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return;
  console.log(`Setting up: installing the dependencies with ${pnpm} (once, about 20 s) …`);
  const begun = Date.now();
  const windows = process.platform === "win32";
  const installed = spawnSync("npx", ["--yes", pnpm, "install", "--frozen-lockfile", "--reporter=append-only"], {
    cwd: root,
    encoding: "utf8",
    shell: windows,
    env: { ...process.env, CI: "true" },
  });
  if (installed.error)
    fail(`npx could not be started (${installed.error.message}): npm comes with Node, install both from https://nodejs.org.`);
  if (installed.status !== 0) {
    console.error(`${installed.stdout}${installed.stderr}`.trim().split("\n").slice(-15).join("\n"));
    fail("The dependencies could not be installed; the last lines above say why. Is the npm registry in reach?");
  }
  writeFileSync(marker, wanted);
  console.log(`Set up in ${((Date.now() - begun) / 1000).toFixed(0)} s.`);
}

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}

#!/usr/bin/env node
// The only file of Shardwright that older versions of Node must understand: it finds a new enough one, or says what is needed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const neededMajor = 24;
const here = dirname(fileURLToPath(import.meta.url));

/** The Node that a checkout pins as a dependency, if this is a checkout. */
function pinnedNode() {
  const name = process.platform === "win32" ? "node.exe" : "node";
  try {
    const root = dirname(createRequire(join(here, "..", "..", "..", "package.json")).resolve("node/package.json"));
    const path = join(root, "bin", name);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

if (Number(process.versions.node.split(".")[0]) >= neededMajor) {
  // For this process alone: a test that starts us itself may need a newer Node once more.
  delete process.env.SHARDWRIGHT_REEXECUTED;
  const module = await import("node:module");
  module.enableCompileCache?.();
  const built = join(here, "..", "dist", "main.js");
  const main = existsSync(join(here, "..", "src", "main.ts")) ? join(here, "..", "src", "main.ts") : built;
  await import(pathToFileURL(main).href);
} else {
  const node = process.env.SHARDWRIGHT_REEXECUTED ? undefined : pinnedNode();
  if (node === undefined) {
    console.error(
      `shardwright needs Node ${neededMajor} or newer; this is ${process.versions.node}. Install it from https://nodejs.org, or: npm install --save-dev node@${neededMajor}`,
    );
    process.exit(2);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, SHARDWRIGHT_REEXECUTED: "1" },
  });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`shardwright could not start ${node}: ${error.message}`);
    process.exit(2);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    // Ended as its child was; should that not end it, neither as passed nor as failed.
    process.exitCode = 3;
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

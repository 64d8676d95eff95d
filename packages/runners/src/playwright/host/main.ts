import { rmSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { cut, sendToParent } from "../../process/host-channel.ts";
import type { HostConfiguration } from "./configuration.ts";
import { serveSetup } from "./setup-server.ts";
import { serveSessions } from "./shared-server.ts";

/** The process that holds a project's Playwright: it lists test files and cases, and runs the files it is told to. */
const host = JSON.parse(process.argv[2] ?? "") as HostConfiguration;

/** Playwright notes there what failed last, for a run of its own to come: a file's failures are not a suite's. */
const lastRunFile = process.platform === "win32" ? join(tmpdir(), `shardwright-last-run-${process.pid}.json`) : devNull;

try {
  process.env["PLAYWRIGHT_LAST_RUN_OUTPUT_FILE"] = lastRunFile;
  if (lastRunFile !== devNull) process.on("exit", () => rmSync(lastRunFile, { force: true }));
  // As its command line sets it, before it loads the configuration.
  process.env["PLAYWRIGHT_TEST"] = "1";
  // Compiling Playwright is a third of what a start costs.
  enableCompileCache();
  await (host.mode === "setup" ? serveSetup(host) : serveSessions(host));
} catch (error) {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const fatal = { type: "fatal", kind: "setup-error", message: cut(message, 4000) };
  if (host.mode === "setup") sendToParent(fatal);
  else sendToParent(fatal, "*");
  process.exit(1);
}

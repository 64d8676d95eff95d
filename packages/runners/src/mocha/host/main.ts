import { enableCompileCache, flushCompileCache } from "node:module";
import { cut, sendToParent } from "../../process/host-channel.ts";
import type { HostConfiguration } from "./load-mocha.ts";

/** The process that holds a project's mocha: it lists the test files, the cases of one, or runs the files it is told to. */

// Half of its start is compiling what the process before it compiled, too. But with the cache, V8's coverage is less precise.
if (process.env["NODE_V8_COVERAGE"] === undefined) enableCompileCache();

try {
  const { begin } = await import("./answer.ts");
  await begin(JSON.parse(process.argv[2] ?? "") as HostConfiguration);
  // A process that is killed leaves nothing for the next one.
  flushCompileCache();
} catch (error) {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  sendToParent({ type: "fatal", kind: "setup-error", message: cut(message, 4000) });
  process.exit(1);
}

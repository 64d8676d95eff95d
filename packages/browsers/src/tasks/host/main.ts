import { join } from "node:path";
import { cut, onRequest, sendToParent } from "@shardwright/runners/host";
import type { HostConfiguration, LentTask } from "./protocol.ts";

/** The process that runs test modules: one for each slot, many files. The browsers are servers that it connects to. */
async function begin(): Promise<void> {
  const configuration = JSON.parse(process.argv[2] ?? "") as HostConfiguration;
  if (configuration.list !== undefined) return tellCases(join(configuration.workspace, configuration.list));
  const { TaskHost } = await import("./task-host.ts");
  const host = await TaskHost.start(configuration);
  onRequest<{ type: "run" } & LentTask>((request) => {
    if (request.type === "run") host.run(request).catch(stop);
    // Its connections end with it, and with them its contexts in the browsers.
    else void host.close().finally(() => process.exit(0));
  });
}

/** The answer is all that is wanted: what the module left running is of no use. */
async function tellCases(path: string): Promise<void> {
  const { loadCases, pathOf } = await import("./load-cases.ts");
  const cases = (await loadCases(path)).map((entry) => ({ path: pathOf(entry) }));
  sendToParent({ type: "listed", cases });
  process.exit(0);
}

function stop(error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  sendToParent({ type: "fatal", kind: "setup-error", message: cut(message, 4000) });
  process.exit(1);
}

// What a test left behind and nobody waits for fails the case that runs, and ends nothing.
begin().catch(stop);

import { enableCompileCache, flushCompileCache } from "node:module";
import { cut, onRequest, sendToParent, type HostRequest } from "../../process/host-channel.ts";
import type { BaseConfiguration } from "./base.ts";
import type { FileRunner, FileRunnerOptions } from "./file-runner.ts";

/** What a process of a jest suite is started with, as its first argument. */
export type HostConfiguration =
  | ({ readonly mode: "base" } & BaseConfiguration)
  | ({ readonly mode: "run"; readonly directory: string } & FileRunnerOptions)
  | ({
      readonly mode: "list-cases";
      readonly directory: string;
      readonly file: string;
      readonly args: readonly string[];
    } & FileRunnerOptions);

// A tenth of its start is compiling what the process before it compiled, too. But with the cache, V8's coverage is less precise.
if (process.env["NODE_V8_COVERAGE"] === undefined) enableCompileCache();

const host = JSON.parse(process.argv[2] ?? "") as HostConfiguration;
// As jest's own command line does.
process.env["NODE_ENV"] ??= "test";

try {
  await start();
} catch (error) {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  sendToParent({ type: "fatal", kind: "setup-error", message: cut(message, 4000) });
  process.exit(1);
}

async function start(): Promise<void> {
  if (host.mode === "base") return (await import("./base.ts")).serveBase(host);
  process.env["JEST_WORKER_ID"] = String(host.worker);
  const { JestPackages } = await import("./jest-packages.ts");
  const { FileRunner } = await import("./file-runner.ts");
  const packages = new JestPackages(host.directory);
  const runner = new FileRunner(packages, host);
  if (host.mode === "list-cases") {
    sendToParent({ type: "listed", cases: await runner.list(host.file, host.args) });
    process.exit(0);
  }
  serve(runner);
}

function serve(runner: FileRunner): void {
  // A process that is killed leaves nothing for the next one.
  let last = runner.warmUp().then(flushCompileCache);
  onRequest((request) => {
    last = last.then(() => (request.type === "exit" ? process.exit(0) : run(runner, request)));
  });
}

async function run(runner: FileRunner, task: Extract<HostRequest, { type: "run" }>): Promise<void> {
  const { send } = await import("./outlet.ts");
  send({ type: "started", id: task.id });
  const result = await runner.run(task);
  const { isFull } = runner;
  if (isFull) send({ type: "retire" });
  send({ type: "finished", id: task.id, result });
  if (isFull) process.exit(0);
}

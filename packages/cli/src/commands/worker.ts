import { availableParallelism, homedir } from "node:os";
import { join, resolve } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { failoverOf } from "../config/failover.ts";
import { withIdentity } from "../config/identity.ts";
import { tellFaults } from "../plugins/open-plugins.ts";
import { offerBrowsersMessage } from "../run/worker-processes.ts";
import { machineName } from "../run/local-workers.ts";
import { runMatrixJob } from "../run/matrix.ts";
import { runnersFrom } from "../run/registry.ts";
import { watchAndReport } from "../run/watch.ts";
import { onStopSignals } from "../stop-signals.ts";

/** `shardwright worker`: an agent that runs tests for a coordinator until it is told to end. */
export function registerWorker(program: Command, context: CommandContext): void {
  addSettings(program.command("worker"), "worker")
    .description("run tests for a coordinator")
    .addHelpText(
      "after",
      `
SIGTERM drains: running tests may finish within --drain-timeout, what has not started is handed back. A second signal ends it at once.

With --run-key it is one of several jobs of a pipeline: it submits the tests of the checkout it is in, or joins the job that did, runs them together with the other jobs, and ends with the run's verdict and reports.

Examples:
  $ SHARDWRIGHT_API_KEY=… shardwright worker --coordinator https://shardwright.example.com
  $ shardwright worker --coordinator http://a:8080,http://b:8080 --slots 4 --label gpu --workspace-root /srv/checkouts
  $ shardwright worker --run-key "$CI_PIPELINE_ID" --index 0 --total 4`,
    )
    .action(async (_options: unknown, command: Command) => {
      const configuration = await configure(command, "worker", context);
      const { plugins } = configuration;
      tellFaults(plugins, (line) => void context.stderr.write(`${line}\n`));
      if (configuration.settings.runKey !== undefined) {
        return context.exit(await watchAndReport(configuration, context, { run: runMatrixJob }));
      }
      const settings = await withIdentity(configuration.settings, { environment: context.environment, forRun: "ever" });
      if (settings.coordinator === undefined || settings.apiKey === undefined)
        throw new ShardwrightError("usage", {
          problem:
            settings.coordinator === undefined
              ? "A worker needs a coordinator, and none is named."
              : "A worker needs a token, and none is given.",
          remedy: "Pass --coordinator http://HOST:8080 and set SHARDWRIGHT_API_KEY to a token of the scope worker.",
        });
      const name = settings.name ?? machineName();
      const { startWorker } = await import("@shardwright/worker");
      const parent = new AbortController();
      const onOrphaned = () => parent.abort(new Error("the process that started this worker has ended"));
      // Only `shardwright run` starts workers with a channel; without it there is no coordinator that could come back.
      if (process.connected) process.once("disconnect", onOrphaned);
      const worker = await startWorker({
        signal: parent.signal,
        // The end of a parent is no reason to wait for it: nobody takes the last results any more.
        ...(process.connected && { flushTimeout_ms: 1000 }),
        addresses: settings.coordinator,
        apiKey: settings.apiKey,
        failover: failoverOf(settings),
        name,
        slots: settings.slots ?? availableParallelism(),
        firstSlot: settings.firstSlot,
        ...(settings.run === undefined ? {} : { run: settings.run }),
        detect: "full",
        browsers: settings.detectBrowsers,
        labels: settings.label ?? [],
        runners: runnersFrom(plugins),
        environment: context.environment,
        reconnect_ms: settings.reconnectInterval * 1000,
        autoReconnect: settings.autoReconnect,
        ...(settings.idleTimeout === undefined ? {} : { idleTimeout_ms: settings.idleTimeout * 1000 }),
        drainTimeout_ms: settings.drainTimeout * 1000,
        ...(settings.spotNotices === undefined ? {} : { preemption: { cloud: settings.spotNotices } }),
        workspaces: {
          root:
            settings.workspaceDir === undefined
              ? defaultFolder(name, context.environment)
              : resolve(context.directory, settings.workspaceDir),
          quota_bytes: settings.workspaceQuota * 1024 * 1024,
          ephemeral: settings.ephemeral,
        },
        resultsBuffer_bytes: settings.resultsBuffer * 1024 * 1024,
        ...(settings.heartbeatInterval === undefined ? {} : { heartbeat_ms: settings.heartbeatInterval * 1000 }),
        ...(settings.workspaceRoot && { workspaceRoots: settings.workspaceRoot.map((path) => resolve(context.directory, path)) }),
        say: (line, { level, code }) => {
          plugins.emit("workerNotice", () => ({ name, level, code, message: line }));
          context.stderr.write(`${line}\n`);
        },
      });
      // The run that started it has found a test that needs one.
      const onMessage = (message: unknown) => {
        if (message === offerBrowsersMessage) void worker.offerBrowsers();
      };
      process.on("message", onMessage);
      plugins.emit("workerStarted", () => ({ name, slots: settings.slots ?? availableParallelism() }));
      context.stderr.write(`Worker ${worker.name} is ready.\n`);
      const release = onStopSignals({
        first: () => {
          context.stderr.write(`Worker ${worker.name} drains.\n`);
          void worker.drain();
        },
      });
      const onAbandoned = () => void worker.stop();
      parent.signal.addEventListener("abort", onAbandoned, { once: true });
      if (parent.signal.aborted) onAbandoned();
      const reason = await worker.done;
      process.off("disconnect", onOrphaned);
      process.off("message", onMessage);
      release();
      plugins.emit("workerStopped", () => ({ name, end: reason }));
      await plugins.close();
      context.stderr.write(`Worker ${worker.name} ended: ${reason}\n`);
    });
}

/** In the user's cache, as each system has it. */
function defaultFolder(name: string, env: CommandContext["environment"]): string {
  const { platform } = process;
  const cache =
    platform === "win32"
      ? (env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"))
      : platform === "darwin"
        ? join(homedir(), "Library", "Caches")
        : (env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"));
  return join(cache, "shardwright", "workers", name.replace(/[^\p{L}\p{N}._-]/gu, "_"));
}

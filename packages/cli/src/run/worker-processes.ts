import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { exitCodes } from "../exit-codes.ts";
import type { CoordinatorAccess } from "../config/failover.ts";
import { printableLine } from "../view/text.ts";
import { finishPatience_ms, type LocalWorkers, type LocalWorkersOptions } from "./local-workers.ts";

/** How many workers that died are replaced, for each that was asked for. */
const replacementsPerWorker = 3;
const stopGrace_ms = 3000;
/** Has a worker look for browsers, which it does not do by itself when a run starts it. */
export const offerBrowsersMessage = "offer-browsers";
/** The end of what a worker said is shown when it dies. */
const lastWordsLimit = 500;

/** Workers as processes of their own, as a fleet has them; one that dies is replaced. */
export function startProcesses(options: LocalWorkersOptions & CoordinatorAccess): LocalWorkers {
  const processes = new Map<string, ChildProcess>();
  const { promise: gone, resolve: tellGone } = Promise.withResolvers<string>();
  let replacements = options.count * replacementsPerWorker;
  let made = 0;
  let stopping = false;
  let offersBrowsers = false;
  const start = (slot: number) => {
    made += 1;
    const name = `${options.prefix}${made}`;
    const child = spawnWorker(name, slot, options);
    processes.set(name, child);
    if (offersBrowsers) child.send(offerBrowsersMessage);
    let lastWords = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString("utf8")).slice(-lastWordsLimit);
    });
    const onEnd = (why: string, isWorthAnother: boolean) => {
      processes.delete(name);
      if (stopping) return;
      const replaced = isWorthAnother && replacements > 0;
      options.say(
        `Worker ${name} ${why}; ${replaced ? `${options.prefix}${made + 1} takes its place` : "it is not replaced any more"}.`,
      );
      if (replaced) {
        replacements -= 1;
        start(slot);
      } else if (processes.size === 0) tellGone(`${name} ${why}`);
    };
    child.once("error", (error) => {
      // What never started has no end to tell of.
      if (child.pid === undefined) onEnd(`could not be started: ${error.message}`, true);
    });
    child.once("close", (code, signal) => {
      if (child.pid === undefined) return;
      const said = lastWords.trim() === "" ? "" : `: ${printableLine(lastWords.trim())}`;
      // One that its own configuration or token stops is stopped by it again.
      if (signal === null) onEnd(`exited with code ${code}${said}`, code !== exitCodes.usage);
      else onEnd(`was ended by ${signal}`, true);
    });
  };
  for (let index = 0; index < options.count; index += 1) start(index);
  return {
    processes,
    gone,
    offerBrowsers: () => {
      offersBrowsers = true;
      for (const child of processes.values()) if (child.connected) child.send(offerBrowsersMessage);
      return Promise.resolve();
    },
    finish: () => end(finishPatience_ms),
    stop: () => end(stopGrace_ms),
  };

  async function end(patience_ms: number): Promise<void> {
    stopping = true;
    const children = [...processes.values()].filter((child) => child.exitCode === null && child.signalCode === null);
    const exits = children.map((child) => new Promise((resolve) => child.once("exit", resolve)));
    for (const child of children) child.kill("SIGTERM");
    const timer = setTimeout(() => {
      for (const child of children) child.kill("SIGKILL");
    }, patience_ms);
    await Promise.all(exits);
    clearTimeout(timer);
  }
}

function spawnWorker(
  name: string,
  slot: number,
  { run, config, addresses, apiKey, failover, environment }: LocalWorkersOptions & CoordinatorAccess,
): ChildProcess {
  const program = fileURLToPath(new URL("../../bin/shardwright.mjs", import.meta.url));
  const args = [
    program,
    "worker",
    "--name",
    name,
    "--slots",
    "1",
    "--first-slot",
    String(slot),
    ...(run === undefined ? [] : ["--run", run]),
    ...(config === undefined ? [] : ["--config", config]),
  ];
  return spawn(process.execPath, args, {
    env: {
      ...environment,
      SHARDWRIGHT_COORDINATOR: addresses.join(","),
      SHARDWRIGHT_COORDINATOR_FAILOVER_STRATEGY: failover.strategy,
      SHARDWRIGHT_FAILOVER_TIMEOUT: String(failover.timeout_ms / 1000),
      SHARDWRIGHT_API_KEY: apiKey,
      SHARDWRIGHT_DETECT_BROWSERS: "false",
    },
    // By the channel it learns that this process has ended, however that came.
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}

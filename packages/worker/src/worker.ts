import { randomBytes } from "node:crypto";
import { createClient } from "@shardwright/client";
import manifest from "../package.json" with { type: "json" };
import { Agent } from "./agent.ts";
import { detectCapabilities } from "./capabilities/detect.ts";
import { Link } from "./connection/link.ts";
import type { Notify } from "./connection/notices.ts";
import type { WorkerHandle, WorkerOptions } from "./options.ts";

/**
 * Starts a worker: detects what the machine has, registers, and runs what it is given until it is told to stop.
 *
 * @throws ShardwrightError `worker-name-taken` when the name stays taken for ten seconds, `unauthenticated` or `forbidden` for a wrong
 *   token, `coordinator-unreachable` where reconnecting is off, or when none answers within `registerWithin_ms`. Without either, it waits
 *   for a coordinator as long as it takes.
 * @example
 * const worker = await startWorker({ addresses: ["http://127.0.0.1:8080"], apiKey, name: "local-1", slots: 4, runners });
 * process.once("SIGTERM", () => void worker.drain());
 * await worker.done;
 */
export async function startWorker(options: WorkerOptions): Promise<WorkerHandle> {
  const client = createClient({
    addresses: options.addresses,
    apiKey: options.apiKey,
    ...(options.failover && { failover: options.failover }),
  });
  const life = new AbortController();
  const notify: Notify = (notice) => options.say?.(notice.message, notice);
  const giveUp = () => life.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", giveUp);
  try {
    options.signal?.throwIfAborted();
    const capabilities = options.capabilities ?? (await detectCapabilities(options.detect ?? "quick", options.labels));
    const link = await Link.open({
      client,
      registration: {
        name: options.name,
        instance: randomBytes(16).toString("hex"),
        slots: options.slots,
        capabilities,
        version: manifest.version,
        ...(options.run === undefined ? {} : { run: options.run }),
      },
      autoReconnect: options.autoReconnect ?? true,
      reconnect_ms: options.reconnect_ms ?? 5000,
      registerWithin_ms: options.registerWithin_ms,
      notify,
      signal: life.signal,
    });
    const agent = new Agent(options, client, link, notify, life, capabilities);
    agent.start();
    if (options.browsers === true) void agent.offerBrowsers();
    return agent;
  } catch (error) {
    await client.close();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", giveUp);
  }
}

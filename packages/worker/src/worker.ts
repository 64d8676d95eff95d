import { randomBytes } from "node:crypto";
import { createClient } from "@shardwright/client";
import manifest from "../package.json" with { type: "json" };
import { Agent } from "./agent.ts";
import { detectCapabilities } from "./capabilities/detect.ts";
import { Link } from "./connection/link.ts";
import type { Notify } from "./connection/notices.ts";
import type { PreparedWorker, WorkerAccess, WorkerHandle, WorkerOptions } from "./options.ts";
import { Slots } from "./slots/slots.ts";

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
export async function startWorker(options: WorkerOptions & WorkerAccess): Promise<WorkerHandle> {
  const prepared = await prepareWorker(options);
  return prepared.start(options);
}

/** For a coordinator that is still to come. Resolves when the sessions that are anticipated are being opened. */
export async function prepareWorker(options: WorkerOptions): Promise<PreparedWorker> {
  const slots = new Slots(options, options.environment ?? process.env);
  if (options.anticipate !== undefined) await slots.prepare(options.anticipate);
  let isStarted = false;
  return {
    async start(access) {
      isStarted = true;
      try {
        return await register(options, access, slots);
      } catch (error) {
        await close(slots);
        throw error;
      }
    },
    close: async () => {
      // From then on the worker ends what is its own.
      if (!isStarted) await close(slots);
    },
  };
}

async function close(slots: Slots): Promise<void> {
  await slots.closeSessions("now");
  await slots.removeFolders();
}

async function register(options: WorkerOptions, access: WorkerAccess, slots: Slots): Promise<WorkerHandle> {
  const client = createClient({
    addresses: access.addresses,
    apiKey: access.apiKey,
    ...(access.failover && { failover: access.failover }),
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
    const agent = new Agent({ ...options, ...access }, slots, client, link, notify, life, capabilities);
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

/**
 * One side's clients, in a process of their own: `load.ts KIND CLIENTS CONNECTIONS SECONDS ADDRESSES`, the token in API_KEY. Each client
 * writes again as soon as its last write was acknowledged; every write is about 256 bytes. Prints JSON: writes, seconds, p50 and p99 in
 * milliseconds, and the clients' own processor time.
 */
import { createClient } from "../../packages/client/src/index.ts";
import { LeanConnection } from "../lean-connection.ts";
import { ResultSender } from "./result-sender.ts";
import { eventBase, leaseAll } from "./writes.ts";

const [kind = "", clientsText = "", connectionsText = "", secondsText = "", addressText = ""] = process.argv.slice(2);
const clients = Number(clientsText);
const seconds = Number(secondsText);
const [address = ""] = addressText.split(",");
const apiKey = process.env["API_KEY"] ?? "";
const connections = Array.from({ length: Number(connectionsText) }, () => new LeanConnection(address, apiKey));
const filler = "x".repeat(160);

type Write = (client: number, number: number) => Promise<unknown>;

/** Results of workers, one for each connection: the clients of a connection are the slots of its worker. Each result is a fact of the log. */
async function ourWrites(): Promise<Write> {
  const client = createClient({ addresses: [address], apiKey });
  const slots = clients / connections.length;
  const workers = await leaseAll(client, connections.length, slots);
  await client.close();
  const senders = connections.map((connection, at) => new ResultSender(connection, workers[at]?.worker ?? ""));
  return async (at, number) => {
    const place = at % connections.length;
    const task = workers[place]?.leased[Math.floor(at / connections.length)];
    if (task === undefined) throw new Error("a client without a task");
    const cases = [{ path: [`case ${number}`, filler], ordinal: 0, status: "passed" as const, duration_ms: 1, retries: 0 }];
    await senders[place]?.send({ type: "cases", ...eventBase(task), first: number, cases });
  };
}

/** The same bytes under a key of the client's own, through etcd's HTTP gateway. */
function etcdWrites(): Write {
  const value = Buffer.from("x".repeat(256)).toString("base64");
  return async (at) => connections[at]?.post("/v3/kv/put", { key: Buffer.from(`client-${at}`).toString("base64"), value });
}

const write = kind === "ours" ? await ourWrites() : etcdWrites();
const taken_ms: number[] = [];
const used = process.cpuUsage();
const began_ms = performance.now();
const end_ms = began_ms + 1000 * seconds;
await Promise.all(
  Array.from({ length: clients }, async (_, at) => {
    for (let number = 0; performance.now() < end_ms; number += 1) {
      const sent_ms = performance.now();
      await write(at, number);
      taken_ms.push(performance.now() - sent_ms);
    }
  }),
);
const took_s = (performance.now() - began_ms) / 1000;
taken_ms.sort((one, other) => one - other);
const at = (share: number) => taken_ms[Math.min(taken_ms.length - 1, Math.floor(share * taken_ms.length))];
const { user, system } = process.cpuUsage(used);
console.log(
  JSON.stringify({ writes: taken_ms.length, took_s, p50_ms: at(0.5), p99_ms: at(0.99), cpu_ms: (user + system) / 1000 }),
);
for (const connection of connections) connection.close();

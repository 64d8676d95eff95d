/**
 * One side's clients, in a process of their own: `load.ts KIND CLIENTS SECONDS ADDRESSES`, the token in API_KEY. Each client writes again as
 * soon as its last write was acknowledged; every write is about 256 bytes. Prints JSON: writes, seconds, p50 and p99 in milliseconds, and the
 * clients' own processor time.
 */
import { createClient } from "../../packages/client/src/index.ts";
import { LeanConnection } from "../lean-connection.ts";
import { eventBase, leaseAll } from "./writes.ts";

const [kind = "", clientsText = "", secondsText = "", addressText = ""] = process.argv.slice(2);
const clients = Number(clientsText);
const seconds = Number(secondsText);
const [address = ""] = addressText.split(",");
const apiKey = process.env["API_KEY"] ?? "";
const connections = Array.from({ length: clients }, () => new LeanConnection(address, apiKey));
const filler = "x".repeat(160);

type Write = (connection: LeanConnection, client: number, number: number) => Promise<unknown>;

/** A result that a worker sends: its fact goes through the log. */
async function ourWrites(): Promise<Write> {
  const client = createClient({ addresses: [address], apiKey });
  const { worker, leased } = await leaseAll(client, clients);
  await client.close();
  return (connection, at, number) => {
    const task = leased[at];
    if (task === undefined) throw new Error("a client without a task");
    const cases = [{ path: [`case ${number}`, filler], ordinal: 0, status: "passed", duration_ms: 1, retries: 0 }];
    return connection.post(`/api/v1/workers/${worker}/results`, {
      events: [{ type: "cases", ...eventBase(task), first: number, cases }],
    });
  };
}

/** The same bytes under a key of the client's own, through etcd's HTTP gateway. */
function etcdWrites(): Write {
  const value = Buffer.from("x".repeat(256)).toString("base64");
  return (connection, at) => connection.post("/v3/kv/put", { key: Buffer.from(`client-${at}`).toString("base64"), value });
}

const write = kind === "ours" ? await ourWrites() : etcdWrites();
const taken_ms: number[] = [];
const used = process.cpuUsage();
const began_ms = performance.now();
const end_ms = began_ms + 1000 * seconds;
await Promise.all(
  connections.map(async (connection, at) => {
    for (let number = 0; performance.now() < end_ms; number += 1) {
      const sent_ms = performance.now();
      await write(connection, at, number);
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

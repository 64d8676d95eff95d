/** One coordinator of a cluster, as a process that a test can kill: says its address on standard output. */
import { startCoordinator } from "@shardwright/server";

const [name = "", stateDir = "", adminToken = "", ...addresses] = process.argv.slice(2);
const { address } = await startCoordinator({
  stateDir,
  port: 0,
  log: "info",
  adminToken,
  // A new leader within two seconds, also where the machine has much to do.
  cluster: { name, addresses, timings: { heartbeat_ms: 100, electionMin_ms: 800, electionMax_ms: 1600 } },
});
process.stdout.write(`${address}\n`);

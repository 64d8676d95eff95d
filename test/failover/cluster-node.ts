/** One coordinator of a cluster, as a process that a test can kill: says its address on standard output. */
import { startCoordinator } from "@shardwright/server";

const [name = "", stateDir = "", adminToken = "", ...addresses] = process.argv.slice(2);
const { address } = await startCoordinator({
  stateDir,
  port: 0,
  log: "info",
  adminToken,
  // A new leader within a second.
  cluster: { name, addresses, timings: { heartbeat_ms: 50, electionMin_ms: 300, electionMax_ms: 600 } },
});
process.stdout.write(`${address}\n`);

/** A coordinator as its program was before settings were in the ledger: it cannot apply them, and takes the flags that members are given. */
import { parseArgs } from "node:util";
import { factVersions, failoverProfiles } from "@shardwright/core";
import { startCoordinator } from "@shardwright/server";
import { factsUpTo } from "../../../server/src/testing/fact-versions.ts";

const facts = factsUpTo((factVersions.kinds.SettingChanged ?? 0) - 1);
const text = { type: "string" } as const;
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    host: text,
    insecure: { type: "boolean" },
    port: text,
    "state-dir": text,
    "coordinator-id": text,
    "advertise-address": text,
    "failover-profile": text,
    "failover-timeout": text,
    "coordinator-addresses": text,
  },
});
const told = new Promise<undefined>((resolve) => process.once("SIGTERM", () => resolve(undefined)));
const { SHARDWRIGHT_ADMIN_TOKEN: adminToken = "" } = process.env;
const coordinator = await startCoordinator({
  stateDir: values["state-dir"] ?? "",
  ...(values.host !== undefined && { host: values.host }),
  insecure: values.insecure ?? false,
  port: Number(values.port),
  log: "info",
  adminToken,
  facts,
  version: "0.0.1",
  cluster: {
    name: values["coordinator-id"] ?? "",
    timings: failoverProfiles.fast,
    alarm_ms: Number(values["failover-timeout"]) * 1000,
    ...(values["advertise-address"] !== undefined && { advertise: values["advertise-address"] }),
    ...(values["coordinator-addresses"] !== undefined && { addresses: values["coordinator-addresses"].split(",") }),
  },
});
const failure = await Promise.race([told, coordinator.failed]);
if (failure !== undefined) process.stderr.write(`${failure.code}: ${failure.message}\n`);
await coordinator.close({ drain_ms: failure === undefined ? 10_000 : 0 });
process.exitCode = failure === undefined ? 0 : 3;

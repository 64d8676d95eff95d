import { createClient, type Client } from "@shardwright/client";
import { ShardwrightError } from "@shardwright/core";
import { identityRemedy } from "../config/identity.ts";
import { failoverOf } from "../config/failover.ts";
import type { Settings } from "../config/resolve.ts";

/** A client for the coordinator that the settings name. @throws ShardwrightError `usage` when they name none, or no token */
export function connect(settings: Settings): Client {
  const { coordinator, apiKey } = settings;
  if (coordinator === undefined || coordinator.length === 0)
    throw new ShardwrightError("usage", {
      problem: "This command asks a coordinator, and none is named.",
      remedy: "Pass --coordinator http://HOST:8080 or set SHARDWRIGHT_COORDINATOR.",
    });
  if (apiKey === undefined)
    throw new ShardwrightError("usage", {
      problem: "The coordinator wants a token, and none is given.",
      remedy: `Set SHARDWRIGHT_API_KEY; make a token with \`shardwright token create\`. In CI, ${identityRemedy}.`,
    });
  return createClient({ addresses: coordinator, apiKey, failover: failoverOf(settings) });
}

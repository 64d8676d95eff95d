import { existsSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createClient, type Client } from "@shardwright/client";
import { ShardwrightError, makeId } from "@shardwright/core";
import { connect } from "../commands/connect.ts";
import { failoverOf } from "../config/failover.ts";
import type { Configuration } from "../config/resolve.ts";
import { startEmbedded } from "../run/local-state.ts";

/** Where trends are asked for, and what ends that. */
export interface OpenTrends extends AsyncDisposable {
  readonly client: Client;
}

/**
 * The coordinator that the settings name; without one, what `shardwright run` keeps in the workspace.
 * @param isNew whether that may be begun by this
 * @throws ShardwrightError `usage` where there is neither
 */
export async function openTrends({ settings, plugins }: Configuration, directory: string, isNew: boolean): Promise<OpenTrends> {
  if (settings.coordinator !== undefined && settings.coordinator.length > 0) {
    const client = connect(settings);
    return { client, [Symbol.asyncDispose]: () => client.close() };
  }
  const state = settings.stateDir ?? join(directory, ".shardwright", "state");
  if (!isNew && !existsSync(state))
    throw new ShardwrightError("usage", {
      problem: `No coordinator is named, and nothing was run here: there is no ${state}.`,
      remedy: "Pass --coordinator http://HOST:8080, or run this where `shardwright run` was run.",
    });
  const embedded = await startEmbedded(state, makeId("r", randomBytes(16)), {}, plugins);
  if (embedded.notice !== undefined) {
    await embedded.close();
    throw new ShardwrightError("usage", {
      problem: `The state in ${state} cannot be used now: ${embedded.notice}`,
      remedy: "Try again when the run that uses it has ended.",
    });
  }
  const client = createClient({ addresses: [embedded.address], apiKey: embedded.adminToken, failover: failoverOf(settings) });
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await embedded.close();
    },
  };
}

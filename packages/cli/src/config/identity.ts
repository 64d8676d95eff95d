import { identitySource, type IdentitySource } from "@shardwright/ci";
import { createClient } from "@shardwright/client";
import { longestExchange_s } from "@shardwright/core";
import { openSession } from "../publish/session.ts";
import { borrow } from "./borrowed-tokens.ts";
import { failoverOf } from "./failover.ts";
import type { Settings } from "./resolve.ts";

/** What a job without a token can do; the end of a sentence. */
export const identityRemedy = "let the job show who it is (docs/identity.md; on GitHub it needs `permissions: id-token: write`)";
/** A run's time counts from its submission: listing the tests before it, and the reports after it, come on top. */
const besideRun_s = 1800;
/** How long a command that only asks something needs its token. */
const shortly_s = 600;

export interface IdentityRequest {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** The token has to last for a whole run; `ever`: for as long as the rule allows. */
  readonly forRun?: boolean | "ever";
  /** How long a coordinator may be away; for a run, as long as its fallback says. */
  readonly patience_ms?: number | undefined;
  readonly say?: (line: string) => void;
}

/**
 * The settings with a token in them, where there is a coordinator and none was given, and the CI system says who this job is: what it says is
 * exchanged at the coordinator. All else is as it was.
 * @throws ShardwrightError `identity-unavailable`, `coordinator-unreachable`, and what the coordinator refuses
 */
export async function withIdentity<S extends Settings>(settings: S, request: IdentityRequest): Promise<S> {
  const { coordinator: addresses, apiKey, project } = settings;
  const [first] = addresses ?? [];
  if (addresses === undefined || first === undefined || apiKey !== undefined) return settings;
  const { environment, signal = new AbortController().signal, forRun = false, say } = request;
  const patience_ms = request.patience_ms ?? (forRun === false ? undefined : settings.fallbackAfter * 1000);
  const source = sourceIn(environment, signal);
  if (source === undefined) return settings;
  // Never what a coordinator asks for: it could name another service, and use the token there.
  const token = await source.fetchIdToken(settings.identityAudience ?? new URL(first).origin);
  const wanted_s = forRun === true ? Math.ceil(settings.timeout) + besideRun_s : shortly_s;
  const client = createClient({
    addresses,
    apiKey: "none",
    failover: failoverOf(settings),
    ...(patience_ms !== undefined && { retry: { attempts: 1000, total_ms: patience_ms } }),
  });
  try {
    const lifetime = forRun === "ever" ? {} : { lifetime_s: Math.min(wanted_s, longestExchange_s) };
    const { secret, expires_in_s } = await client.exchangeIdentity({ token, project, ...lifetime }, { signal });
    borrow({ addresses, apiKey: secret, failover: failoverOf(settings) });
    if (forRun === true && expires_in_s < settings.timeout)
      say?.(
        `The coordinator's token ends in ${Math.round(expires_in_s / 60)} min, before the run's deadline: see lifetime_minutes in its rules.`,
      );
    return { ...settings, apiKey: secret };
  } finally {
    await client.close();
  }
}

/** Whether the CI system says who this job is. */
export function showsIdentity(environment: IdentityRequest["environment"]): boolean {
  return sourceIn(environment, new AbortController().signal) !== undefined;
}

function sourceIn(environment: IdentityRequest["environment"], signal: AbortSignal): IdentitySource | undefined {
  return identitySource(environment, openSession({ environment, name: "", write: () => {}, signal }).fetch);
}

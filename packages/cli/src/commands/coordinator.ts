import { resolve } from "node:path";
import { readQuotas, ShardwrightError } from "@shardwright/core";
import type { CoordinatorOptions } from "@shardwright/server";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { githubAppFrom } from "./github-app.ts";
import { describeVoters } from "./cluster.ts";
import { readConfigFile } from "../config/file.ts";
import { alertTellers } from "../notify/alert-tellers.ts";
import { openCoordinatorState } from "../run/coordinator-state.ts";
import { version } from "../version.ts";
import { resilienceFrom } from "../config/resilience.ts";
import { tracesFrom } from "../config/traces.ts";
import { failoverTimings } from "./failover-timings.ts";
import { onStopSignals } from "../stop-signals.ts";

const mebibyte = 1024 * 1024;
const drain_ms = 10_000;

/** `shardwright coordinator`: the server, until it is told to end. */
export function registerCoordinator(program: Command, context: CommandContext): void {
  addSettings(program.command("coordinator"), "coordinator")
    .description("start a coordinator that workers and CI jobs connect to")
    .addHelpText(
      "after",
      `
The first start takes the admin token from SHARDWRIGHT_ADMIN_TOKEN (at least 32 characters), or writes one to a private file and says where.

Examples:
  $ shardwright coordinator --state-dir /var/lib/shardwright
  $ shardwright coordinator --no-persistent-state
  $ shardwright coordinator --quota nightly=8 --quota "*=32"
  $ shardwright coordinator --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem
  $ SHARDWRIGHT_ADMIN_TOKEN=$(openssl rand -hex 32) shardwright coordinator --port 9000

A second and a third one join it, with the same SHARDWRIGHT_ADMIN_TOKEN; from then on any one of them may die:
  $ shardwright coordinator --port 8082 --state-dir ./second --coordinator-addresses http://127.0.0.1:8080
  $ shardwright coordinator --port 8083 --state-dir ./third --coordinator-addresses http://127.0.0.1:8080

Where there are two machines and a small third, that one only votes:
  $ shardwright coordinator --witness --port 8083 --state-dir ./third --coordinator-addresses http://127.0.0.1:8080`,
    )
    .action(async (_options: unknown, command: Command) => {
      const { settings, plugins } = await configure(command, "coordinator", context);
      const adminToken = context.environment.SHARDWRIGHT_ADMIN_TOKEN;
      const { readGithubApp, readIdentityRules, readSignIn, startCoordinator } = await import("@shardwright/server");
      const identity = await fromFile(settings.oidcRules, context.directory, readIdentityRules);
      const signIn = await fromFile(settings.signIn, context.directory, (content, file) =>
        readSignIn(content, file, settings.signInSecret),
      );
      if (signIn === undefined && settings.signInSecret !== undefined)
        throw new ShardwrightError("usage", {
          problem: "A secret for signing in is given, and no provider that it is for.",
          remedy: "Name it in the file of --sign-in (docs/sign-in.md).",
        });
      const github = githubAppFrom(settings, context.directory, readGithubApp);
      const { traces, problem } = tracesFrom(context.environment, settings.traceCases);
      if (problem !== undefined) context.stdout.write(`${problem}\n`);
      // From here on, so that nobody who reads that it is up can stop it but in order.
      const told = untilTold();
      const waiting = new AbortController();
      void told.then(() => waiting.abort(new ShardwrightError("interrupted")));
      const state = openCoordinatorState(settings, context.directory);
      if (state.notice !== undefined) context.stdout.write(`${state.notice}\n`);
      try {
        const coordinator = await startCoordinator({
          stateDir: state.path,
          host: settings.host,
          port: settings.port,
          trustedProxy: settings.trustedProxy,
          insecure: settings.insecure,
          retention_days: settings.retentionDays,
          blobQuota_bytes: settings.blobQuota * mebibyte,
          bodyLimit_bytes: settings.bodyLimit * mebibyte,
          log: "info",
          plugins,
          ...(traces !== undefined && { traces }),
          version,
          cluster: {
            clusterName: settings.coordinatorCluster,
            timings: failoverTimings(settings),
            alarm_ms: settings.failoverTimeout * 1000,
            autoRecovery: settings.autoRecovery,
            isWitness: settings.witness,
            onVoters: (members) => context.stdout.write(`${describeVoters(members)}\n`),
            signal: waiting.signal,
            ...(settings.coordinatorId !== undefined && { name: settings.coordinatorId }),
            ...(settings.coordinatorAddresses !== undefined && { addresses: settings.coordinatorAddresses }),
            ...(settings.advertiseAddress !== undefined && { advertise: settings.advertiseAddress }),
          },
          scheduler: {
            ...resilienceFrom(settings),
            selfTuning: settings.selfTuning,
            ...(settings.quota !== undefined && { quotas: readQuotas(settings.quota) }),
          },
          alertTellers: alertTellers(settings),
          ...(github !== undefined && { github }),
          ...(identity !== undefined && { identity }),
          ...(signIn !== undefined && { signIn }),
          ...(adminToken === undefined || adminToken === "" ? {} : { adminToken }),
          ...tlsFrom(settings, context.directory),
        });
        // Standard error is the log's, and holds nothing but JSON.
        const what = settings.witness ? "witness" : "coordinator";
        context.stdout.write(`Shardwright ${what} on ${coordinator.address}\n`);
        if (coordinator.adminTokenFile !== undefined)
          context.stdout.write(`The admin token is in ${coordinator.adminTokenFile}\n`);
        const failure = await Promise.race([told, coordinator.failed]);
        if (failure === undefined) context.stdout.write("Draining …\n");
        await coordinator.close({ drain_ms: failure === undefined ? drain_ms : 0 });
        if (failure !== undefined) throw failure;
      } finally {
        await plugins.close();
        await state.forget();
      }
    });
}

/** What a setting names a file for; undefined where it does not. */
async function fromFile<T>(
  name: string | undefined,
  directory: string,
  read: (content: unknown, file: string) => T,
): Promise<T | undefined> {
  if (name === undefined) return undefined;
  const file = resolve(directory, name);
  return read((await readConfigFile(file)).values, file);
}

interface TlsSettings {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly clusterCa?: string | undefined;
}

function tlsFrom(
  { tlsCert: cert, tlsKey: key, clusterCa }: TlsSettings,
  directory: string,
): Pick<CoordinatorOptions, "tlsFiles"> {
  if (cert === undefined && key === undefined && clusterCa === undefined) return {};
  if (cert === undefined || key === undefined)
    throw new ShardwrightError("usage", {
      problem:
        clusterCa === undefined ? "TLS needs both --tls-cert and --tls-key." : "--cluster-ca needs --tls-cert and --tls-key.",
      remedy: "Give both, as PEM files.",
    });
  const at = (path: string): string => resolve(directory, path);
  return { tlsFiles: { cert: at(cert), key: at(key), ...(clusterCa !== undefined && { clusterCa: at(clusterCa) }) } };
}

/** Resolves at the first signal to stop. */
function untilTold(): Promise<void> {
  return new Promise((resolve) => onStopSignals({ first: resolve }));
}

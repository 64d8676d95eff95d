import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { politeFetch } from "@shardwright/ci";
import type { RunReport } from "@shardwright/core";
import type { Plugins } from "@shardwright/plugin";
import { failoverOf } from "../config/failover.ts";
import type { Settings } from "../config/resolve.ts";
import { decide, type LastVerdict } from "./change.ts";
import { lastVerdictOf, recallVerdict, rememberVerdict } from "./last-verdict.ts";
import { failingKeys, notificationOf } from "./notification.ts";
import { notifyAll, notifyLimit_ms, openNotifier } from "./notify-all.ts";

export interface TellOptions {
  readonly settings: Settings;
  /** The folder that `.shardwright` stands in. */
  readonly root: string;
  readonly say: (line: string) => void;
}

/** Whether there is anybody to tell. */
export function hasNotifiers({ settings }: Pick<TellOptions, "settings">): boolean {
  return settings.notify !== undefined || typeof settings.notifyOnFailure === "string";
}

/** Tells of a run's end whom the settings name, where it is worth telling. Trouble with it is said, and changes nothing of the run. */
export async function tellPeople(report: RunReport, { settings, root, say }: TellOptions): Promise<void> {
  const signal = AbortSignal.timeout(notifyLimit_ms);
  const now_ms = () => Date.now();
  const fetch = politeFetch({
    politeness: { timeout_ms: 10_000, attempts: 4, total_ms: 30_000, answer_bytes: 65_536 },
    signal,
    now_ms,
    wait: (ms, stopped) => wait(ms, undefined, { signal: stopped }),
    random: Math.random,
  });
  const open = (target: string) =>
    openNotifier(target, { fetch, secret: settings.notifySecret, smtpPassword: settings.smtpPassword, now_ms });
  const notifiers = (settings.notify ?? []).map(open);
  const onFailure = typeof settings.notifyOnFailure === "string" ? [open(`webhook:${settings.notifyOnFailure}`)] : [];
  const failing = failingKeys(report);
  const before = await lastVerdict(report, settings, root);
  const told = decide(report.verdict, failing, before, settings.notifyWhen);
  const isRed = report.verdict !== "passed";
  const all = [...(told.isTold ? notifiers : []), ...(isRed ? onFailure : [])];
  if (all.length === 0) return;
  await notifyAll(all, notificationOf(report, told.change, told.newlyFailing), signal, say);
}

/** Has the notifiers of plugins tell of a run; which runs matter is for each of them to decide. */
export async function tellPlugins(report: RunReport, plugins: Plugins): Promise<void> {
  if (plugins.parts("notifier").length === 0) return;
  await plugins.notify(notificationOf(report, report.verdict === "passed" ? "green" : "red", new Set()));
}

/** By the coordinator; where there is none, by the file that the last run left. */
async function lastVerdict(report: RunReport, settings: Settings, root: string): Promise<LastVerdict | undefined> {
  const { coordinator: addresses, apiKey } = settings;
  if (addresses !== undefined && apiKey !== undefined) {
    // A share of a job that could not reach it: nobody has the whole.
    if (report.run.share !== undefined) return undefined;
    return await lastVerdictOf(report, { addresses, apiKey, failover: failoverOf(settings) });
  }
  const path = join(settings.stateDir ?? join(root, ".shardwright"), "last-verdicts.json");
  const before = recallVerdict(path, report, settings.publishName);
  rememberVerdict(path, report, settings.publishName);
  return before;
}

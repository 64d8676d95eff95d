import type { Notification } from "@shardwright/plugin";
import { accountSentence, reasonOf, type RunReport } from "@shardwright/core";

/** What plugins are given to tell. */
export function notificationOf(report: RunReport): Notification {
  const { run, verdict, account, reason } = report;
  const title = `${run.project}: ${verdict}`;
  return { title, text: `${title} — ${accountSentence(account)}\n${reason}`, url: run.context.build_url, report };
}

const timeout_ms = 10_000;

/** Tells somebody that a run was not green. Trouble with the telling is said and changes nothing of the run. */
export async function notify(
  target: boolean | string,
  report: RunReport,
  stderr: { write(text: string): unknown },
): Promise<void> {
  if (target === false) return;
  if (target === true) {
    stderr.write("\u0007");
    return;
  }
  const body = {
    run: report.run.id,
    key: report.run.key,
    project: report.run.project,
    verdict: report.verdict,
    reason: report.reason,
    account: report.account,
    text: `${report.run.project}: ${report.verdict} — ${accountSentence(report.account)}`,
    build_url: report.run.context.build_url,
  };
  try {
    const response = await fetch(target, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeout_ms),
    });
    if (!response.ok) stderr.write(`The notification to ${new URL(target).host} was answered with ${response.status}.\n`);
    await response.body?.cancel();
  } catch (error) {
    stderr.write(`The notification to ${new URL(target).host} could not be sent: ${reasonOf((error as Error).cause ?? error)}\n`);
  }
}

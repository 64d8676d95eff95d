import {
  type RunFailures,
  type RunSummary,
  accountSentence,
  accountTerms,
  formatCount,
  formatDuration,
  plural,
  repositoryAddress,
} from "@shardwright/core";
import type { ComponentChildren } from "preact";
import { CommitName } from "../../components/commit-name.tsx";
import { Facts, Panel } from "../../components/page.tsx";
import { Duration, Instant, useNow } from "../../components/time.tsx";
import { Link } from "../../router/link.tsx";
import { type RunModel, progressOf } from "./run-model.ts";

interface SummaryProps {
  readonly run: RunSummary;
  readonly model: RunModel | undefined;
  readonly failures: RunFailures | undefined;
  readonly version: number;
}

/** How the run stands: its account, what it is about, and how far it is. */
export function Summary({ run, model, failures }: SummaryProps) {
  const isRunning = run.status === "running";
  const now_ms = useNow(isRunning ? 1000 : undefined);
  return (
    <Panel title="Summary">
      {isRunning && model !== undefined ? <Progress run={run} model={model} /> : <Account run={run} />}
      {isWorthSaying(run) && <p class="reason">{run.reason}</p>}
      {failures?.notices.map((notice) => (
        <p class="notice" key={notice}>
          {notice}
        </p>
      ))}
      <Facts
        of={[
          ["Project", <Link to={`/?project=${encodeURIComponent(run.project)}`}>{run.project}</Link>],
          ...contextFacts(run),
          ["Begun", <Instant at_ms={run.submitted_at_ms} ago={isRunning} />],
          [isRunning ? "Runs for" : "Took", <Duration ms={(run.ended_at_ms ?? now_ms) - run.submitted_at_ms} />],
          ...(failures === undefined ? [] : caseFacts(failures, isRunning)),
        ]}
      />
    </Panel>
  );
}

/** Beside the account: a reason often is the account. */
function isWorthSaying({ reason, verdict, account }: RunSummary): boolean {
  return reason !== undefined && verdict !== "passed" && reason.replace(/\.$/, "") !== accountSentence(account);
}

function contextFacts({ context }: RunSummary): (readonly [string, ComponentChildren])[] {
  const { branch, commit, actor, pull_request, repository, provider, build_url } = context;
  const job = provider === undefined ? undefined : build_url === undefined ? provider : outside(build_url, provider);
  const home = repositoryAddress(context);
  const facts: readonly (readonly [string, ComponentChildren | undefined])[] = [
    ["Branch", branch],
    ["Pull request", pull_request],
    ["Commit", commit === undefined ? undefined : <CommitName commit={commit} at={home} length={12} />],
    ["Author", actor],
    ["Repository", repository === undefined || home === undefined ? repository : outside(home, repository)],
    ["CI", job],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** Only addresses of the web: whoever submitted the run wrote them. */
function outside(address: string, words: string): ComponentChildren {
  if (!/^https?:\/\//i.test(address)) return words;
  return (
    <a href={address} target="_blank" rel="noreferrer">
      {words}
    </a>
  );
}

function caseFacts({ cases, cost }: RunFailures, isRunning: boolean): (readonly [string, ComponentChildren])[] {
  return [
    ["Tests", formatCount(cases.total)],
    ...(isRunning || cost.ideal_ms === 0
      ? []
      : ([
          [
            "At best",
            <span title="The longest task, or all test time over all slots: whichever is more">
              {formatDuration(cost.ideal_ms)}
            </span>,
          ],
        ] as const)),
  ];
}

function Account({ run }: { readonly run: RunSummary }) {
  return (
    <>
      <p class="account">{accountSentence(run.account)}</p>
      <Bar shares={accountTerms.map((term) => [term, run.account[term] ?? 0] as const)} total={run.account.discovered} />
    </>
  );
}

function Progress({ run, model }: { readonly run: RunSummary; readonly model: RunModel }) {
  const { total, done, running, byStatus, left_ms } = progressOf(model);
  const { admission } = run;
  return (
    <>
      <p class="account">
        {formatCount(done)} of {plural(total, "task")} done, {formatCount(running)} running
        {left_ms !== undefined && `, about ${formatDuration(roundly(left_ms))} left`}
        {done === 0 && running === 0 && admission !== undefined && waitingWords(admission)}
      </p>
      <Bar
        shares={(["passed", "failed", "errored", "skipped", "cancelled", "incomplete"] as const).map(
          (status) => [status, byStatus.get(status) ?? 0] as const,
        )}
        total={total}
        isProgress
      />
    </>
  );
}

function waitingWords({ runs_ahead, wait_ms }: NonNullable<RunSummary["admission"]>): string {
  if (wait_ms === undefined) return "; no worker that fits is connected";
  if (runs_ahead === 0) return "";
  return `; ${plural(runs_ahead, "run")} ahead of it${wait_ms === 0 ? "" : `, its first slot in about ${formatDuration(roundly(wait_ms))}`}`;
}

/** A guess is not told to the millisecond. */
function roundly(ms: number): number {
  const step_ms = ms < 60_000 ? 1000 : 15_000;
  return Math.max(step_ms, Math.round(ms / step_ms) * step_ms);
}

interface BarProps {
  readonly shares: readonly (readonly [status: string, count: number])[];
  readonly total: number;
  readonly isProgress?: boolean;
}

/** The account as a picture; the words beside it say the same. */
function Bar({ shares, total, isProgress = false }: BarProps) {
  const done = shares.reduce((sum, [, count]) => sum + count, 0);
  return (
    <div
      class="share-bar"
      {...(isProgress
        ? { role: "progressbar", "aria-label": "Tasks done", "aria-valuemin": 0, "aria-valuemax": total, "aria-valuenow": done }
        : { "aria-hidden": true })}
    >
      {shares.map(([status, count]) =>
        count === 0 ? null : (
          <span key={status} class={`share bar-${status}`} style={{ flexGrow: count }} title={`${count} ${status}`} />
        ),
      )}
      {done < total && <span class="share" style={{ flexGrow: total - done }} />}
    </div>
  );
}

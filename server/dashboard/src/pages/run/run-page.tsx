import type { RunSummary } from "@shardwright/core";
import { useEffect } from "preact/hooks";
import { Badge } from "../../components/badge.tsx";
import { Loading } from "../../components/empty.tsx";
import { LiveState } from "../../components/live.tsx";
import { Page } from "../../components/page.tsx";
import { say } from "../../components/say.tsx";
import { Trouble } from "../../components/trouble.tsx";
import type { PageProps } from "../pages.ts";
import { RunActions } from "./actions.tsx";
import { Comparison } from "./comparison.tsx";
import { Failures } from "./failures.tsx";
import { type RunData, useRun } from "./run-data.ts";
import { RunElsewhere } from "./run-elsewhere.tsx";
import "../../../../../packages/core/report-page/timeline-picture.css";
import "./run.css";
import { Summary } from "./summary.tsx";
import { Tasks } from "./tasks.tsx";
import { TimelinePanel } from "./timeline/timeline-panel.tsx";

/** One run: how it stands, why it is not green, and who ran what when. */
export default function RunPage({ params }: PageProps) {
  const run = params["run"] ?? "";
  return <Run key={run} run={run} />;
}

function Run({ run }: { readonly run: string }) {
  const data = useRun(run);
  const { summary, error, reload } = data;
  useVerdictSaid(summary);
  return (
    <Page
      title={summary?.run_key ?? run}
      heading={
        summary === undefined ? (
          run
        ) : (
          <>
            {summary.run_key} <Badge status={summary.verdict ?? "running"} />
          </>
        )
      }
      actions={summary !== undefined && <RunActions run={summary} onDone={reload} />}
    >
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {summary === undefined ? error === undefined && <Loading what="the run" /> : <Parts data={data} summary={summary} />}
    </Page>
  );
}

function Parts({ data, summary }: { readonly data: RunData; readonly summary: RunSummary }) {
  const { model, version, failures, stream } = data;
  return (
    <>
      {summary.status === "running" && <LiveState status={stream} />}
      <Summary run={summary} model={model} failures={failures} version={version} />
      {failures !== undefined && <Failures run={summary} failures={failures} />}
      <RunElsewhere run={summary} />
      {model === undefined ? <Loading what="the timeline" /> : <TimelinePanel run={summary} model={model} version={version} />}
      {failures?.comparison !== undefined && <Comparison comparison={failures.comparison} />}
      {model !== undefined && <Tasks run={summary} model={model} version={version} />}
    </>
  );
}

/** Whoever hears the page instead of seeing it learns of its end. */
function useVerdictSaid(summary: RunSummary | undefined): void {
  const verdict = summary?.verdict;
  useEffect(() => {
    if (verdict !== undefined) say(`The run has ended: ${verdict}`);
  }, [verdict]);
}

import { type RunSummary, accountSentence } from "@shardwright/core";
import { Badge } from "../../components/badge.tsx";
import { Loading } from "../../components/empty.tsx";
import { Facts, Page } from "../../components/page.tsx";
import { Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { useGet } from "../../data/use-get.ts";
import type { PageProps } from "../pages.ts";

/** One run. */
export default function RunPage({ params }: PageProps) {
  const run = params["run"] ?? "";
  const { data, error, reload } = useGet<RunSummary>(`runs/${encodeURIComponent(run)}`);
  return (
    <Page title={data?.run_key ?? run}>
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? error === undefined && <Loading what="the run" /> : <Summary run={data} />}
    </Page>
  );
}

function Summary({ run }: { readonly run: RunSummary }) {
  return (
    <Facts
      of={[
        ["Verdict", <Badge status={run.verdict ?? "running"} />],
        ["Account", accountSentence(run.account)],
        ["Begun", <Instant at_ms={run.submitted_at_ms} ago />],
      ]}
    />
  );
}

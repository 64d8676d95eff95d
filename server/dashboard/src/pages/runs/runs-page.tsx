import { type RunSummary, accountSentence } from "@shardwright/core";
import { Badge } from "../../components/badge.tsx";
import { Empty, Loading } from "../../components/empty.tsx";
import { TextField } from "../../components/field.tsx";
import { Page } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Duration, Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useGet } from "../../data/use-get.ts";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";

const every_ms = 5000;

/** All runs, the newest first. */
export default function RunsPage() {
  const [query, change] = useQuery();
  const project = query.get("project") ?? undefined;
  const { data, error, isLoading, reload } = useGet<{ runs: RunSummary[] }>(withQuery("runs", { project, limit: 50 }), every_ms);
  return (
    <Page title="Runs">
      <div class="filters">
        <TextField label="Project" value={project ?? ""} onChange={(value) => change({ project: value })} />
      </div>
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? isLoading && <Loading what="the runs" /> : <Runs runs={data.runs} />}
    </Page>
  );
}

function Runs({ runs }: { readonly runs: readonly RunSummary[] }) {
  if (runs.length === 0)
    return (
      <Empty title="No run yet">
        <p>Submit one from a checkout with tests in it:</p>
        <pre>shardwright run --coordinator {location.origin}</pre>
      </Empty>
    );
  return <Table caption="Runs" columns={columns} rows={runs} keyOf={(run) => run.id} />;
}

const columns: readonly Column<RunSummary>[] = [
  { title: "Run", cell: (run) => <Link to={`/runs/${run.id}`}>{run.run_key}</Link> },
  { title: "Verdict", cell: (run) => <Badge status={run.verdict ?? "running"} /> },
  { title: "Project", cell: (run) => run.project },
  { title: "Branch", cell: (run) => run.context.branch ?? "", isMinor: true },
  { title: "Account", cell: (run) => accountSentence(run.account), isMinor: true },
  { title: "Begun", cell: (run) => <Instant at_ms={run.submitted_at_ms} ago /> },
  {
    title: "Took",
    isNumber: true,
    cell: (run) => <Duration ms={run.ended_at_ms === undefined ? undefined : run.ended_at_ms - run.submitted_at_ms} />,
  },
];

import { type ProjectList, type RunFilters, type RunSummary, accountTerms, formatCount, plural } from "@shardwright/core";
import { Badge } from "../../components/badge.tsx";
import { Empty, Loading } from "../../components/empty.tsx";
import { ChoiceField, TextField } from "../../components/field.tsx";
import { LiveState } from "../../components/live.tsx";
import { Page } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Duration, Instant, useNow } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useSession } from "../../data/session.ts";
import { useGet } from "../../data/use-get.ts";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";
import { useRuns } from "./use-runs.ts";

const filterNames = ["project", "branch", "provider", "verdict", "author"] as const;

const verdicts = [
  ["", "any"],
  ["running", "running"],
  ["passed", "passed"],
  ["failed", "failed"],
  ["errored", "errored"],
  ["incomplete", "incomplete"],
  ["cancelled", "cancelled"],
] as const;

/** All runs, the newest first. */
export default function RunsPage() {
  const [query, change] = useQuery();
  const chosen = Object.fromEntries(filterNames.map((name) => [name, query.get(name) ?? undefined]));
  const before = query.get("before") ?? undefined;
  const { list, runs, stream } = useRuns(chosen, before);
  const isFiltered = filterNames.some((name) => chosen[name] !== undefined);
  return (
    <Page title="Runs">
      <Filters />
      {list.error !== undefined && <Trouble error={list.error} retry={list.reload} />}
      {list.data === undefined ? (
        list.isLoading && <Loading what="the runs" />
      ) : (
        <>
          {before === undefined && <LiveState status={stream} />}
          <Runs runs={runs} isFiltered={isFiltered} />
          <nav class="pager" aria-label="Pages of runs">
            {before !== undefined && (
              <button type="button" onClick={() => change({ before: undefined }, { replace: false })}>
                ← Newest
              </button>
            )}
            {list.data.next !== undefined && (
              <button type="button" onClick={() => change({ before: list.data?.next }, { replace: false })}>
                Older →
              </button>
            )}
          </nav>
        </>
      )}
    </Page>
  );
}

/** What is chosen is in the address; what there is to choose from comes from the newest runs. */
function Filters() {
  const [query, change] = useQuery();
  const own = useSession().project;
  const project = query.get("project") ?? "";
  const known = useGet<RunFilters>(withQuery("run-filters", { project }));
  const projects = useGet<ProjectList>(own === undefined ? "projects" : undefined);
  const choose = (name: string) => (value: string) => change({ [name]: value, before: undefined });
  return (
    <div class="filters" role="search" aria-label="Filter runs">
      {own === undefined && (
        <TextField
          label="Project"
          value={project}
          onChange={choose("project")}
          suggestions={projects.data?.projects.map((each) => each.project) ?? []}
        />
      )}
      <TextField
        label="Branch"
        value={query.get("branch") ?? ""}
        onChange={choose("branch")}
        suggestions={known.data?.branches ?? []}
      />
      <ChoiceField label="Verdict" value={query.get("verdict") ?? ""} onChange={choose("verdict")} choices={verdicts} />
      <TextField
        label="Author"
        value={query.get("author") ?? ""}
        onChange={choose("author")}
        suggestions={known.data?.authors ?? []}
      />
      <TextField
        label="CI system"
        value={query.get("provider") ?? ""}
        onChange={choose("provider")}
        suggestions={known.data?.providers ?? []}
      />
    </div>
  );
}

function Runs({ runs, isFiltered }: { readonly runs: readonly RunSummary[]; readonly isFiltered: boolean }) {
  if (runs.length > 0) return <Table caption="Runs" columns={columns} rows={runs} keyOf={(run) => run.id} />;
  if (isFiltered)
    return (
      <Empty title="No run is like that.">
        <p>
          A filter is to be met letter by letter. Take one away, or see <Link to="/">all runs</Link>.
        </p>
      </Empty>
    );
  return (
    <Empty title="No run yet">
      <p>Submit one from a checkout with tests in it, with a token of the scope submit in SHARDWRIGHT_API_KEY:</p>
      <pre>shardwright run --coordinator {location.origin}</pre>
      <p>
        It needs a worker: <code>shardwright worker --coordinator {location.origin}</code> on any machine.
      </p>
    </Empty>
  );
}

const columns: readonly Column<RunSummary>[] = [
  { title: "Run", cell: (run) => <Link to={`/runs/${run.id}`}>{run.run_key}</Link> },
  { title: "Verdict", cell: (run) => <Badge status={run.verdict ?? "running"} /> },
  { title: "Tasks", cell: (run) => <Account run={run} /> },
  { title: "Project", cell: ({ project }) => project, isMinor: true },
  { title: "Branch", cell: ({ context }) => context.branch ?? context.pull_request ?? "", isMinor: true },
  { title: "Author", cell: ({ context }) => context.actor ?? "", isMinor: true },
  { title: "Begun", cell: (run) => <Instant at_ms={run.submitted_at_ms} ago /> },
  { title: "Took", isNumber: true, cell: (run) => <Took run={run} /> },
];

/** How many there are, and what is not simply passed. */
function Account({ run: { account, status } }: { readonly run: RunSummary }) {
  const rest = accountTerms.flatMap((term) => {
    const count = account[term] ?? 0;
    if (term === "passed" || count === 0) return [];
    return [`${formatCount(count)} ${term === "incomplete" && status === "running" ? "open" : term}`];
  });
  return <>{[plural(account.discovered, "task"), ...rest].join(", ")}</>;
}

function Took({ run: { submitted_at_ms, ended_at_ms } }: { readonly run: RunSummary }) {
  const now_ms = useNow(ended_at_ms === undefined ? 1000 : undefined);
  return <Duration ms={(ended_at_ms ?? now_ms) - submitted_at_ms} />;
}

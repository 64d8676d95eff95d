import {
  type AlertSeries,
  type TrendAlert,
  type TrendConfirmation,
  type TrendConfirmationList,
  metricName,
  testName,
} from "@shardwright/core";
import { useRepository } from "../../components/commit-name.tsx";
import { Tag } from "../../components/badge.tsx";
import { Loading } from "../../components/empty.tsx";
import { Facts, Page, Panel } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useSession } from "../../data/session.ts";
import { useGet } from "../../data/use-get.ts";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";
import type { PageProps } from "../pages.ts";
import { Commits } from "../trends/commits.tsx";
import { fromToWords, movedWords } from "../trends/words.ts";
import { AlertActions } from "./alert-actions.tsx";
import { alertTitle } from "./alert-words.ts";
import { StateTag } from "./state-tag.tsx";
import "../trends/trends.css";

const every_ms = 15_000;

/** One alert: which series show it, which commits it may come from, and what is to be done about it. */
export default function AlertPage({ params: { alert = "" } }: PageProps) {
  const [query] = useQuery();
  const project = query.get("project") ?? useSession().project ?? "default";
  const { data, error, isLoading, reload } = useGet<TrendAlert>(
    withQuery(`trends/alerts/${encodeURIComponent(alert)}`, { project }),
    every_ms,
  );
  return (
    <Page
      title={data === undefined ? "Alert" : alertTitle(data)}
      heading={
        data !== undefined && (
          <>
            {alertTitle(data)} <StateTag state={data.state} />
          </>
        )
      }
      actions={data !== undefined && <AlertActions alert={data} onDone={reload} />}
    >
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? isLoading && <Loading what="the alert" /> : <Told alert={data} />}
    </Page>
  );
}

function Told({ alert }: { readonly alert: TrendAlert }) {
  const at = useRepository(alert.project);
  const { project, branch, series, series_count, infrastructure } = alert;
  return (
    <>
      {infrastructure && (
        <p>
          <Tag tone="incomplete">likely the machines</Tag> So much of the suite moved at once that the machines are likelier the
          cause than the commits: look at <Link to="/workers">the workers</Link> first.
        </p>
      )}
      <Facts of={factsOf(alert)} />
      <Panel
        title="Series"
        note={series.length < series_count ? `the worst ${series.length} of ${series_count}` : "the worst first"}
      >
        <Table caption="Series that show it" columns={seriesColumns(project, branch)} rows={series} keyOf={(row) => row.series} />
      </Panel>
      <Panel title="Commits" note="one of which it comes from">
        <Commits of={alert} title="In order" at={at} />
        <Bisect alert={alert} />
      </Panel>
      <MeasuredAgain alert={alert} />
    </>
  );
}

/** What was measured again of its newest commit before it was told. */
function MeasuredAgain({ alert: { project, commits } }: { readonly alert: TrendAlert }) {
  const commit = commits.at(-1);
  const { data } = useGet<TrendConfirmationList>(
    commit === undefined ? undefined : withQuery("trends/confirmations", { project, commit, limit: "20" }),
  );
  if (data === undefined || data.confirmations.length === 0) return null;
  return (
    <Panel title="Measured again" note="before anybody was told">
      <Table caption="Confirmations" columns={confirmationColumns(project)} rows={data.confirmations} keyOf={(row) => row.id} />
    </Panel>
  );
}

function confirmationColumns(project: string): readonly Column<TrendConfirmation>[] {
  return [
    {
      title: "Test",
      cell: ({ series, about }) =>
        about === undefined ? (
          "a series that is gone"
        ) : (
          <Link to={withQuery(`/trends/${series}`, { project })}>
            {testName(about)} {metricName(about)}
          </Link>
        ),
    },
    { title: "Answer", cell: ({ decision, reason }) => `${decision ?? "under way"}${reason === undefined ? "" : `: ${reason}`}` },
    {
      title: "By",
      isMinor: true,
      cell: ({ relative }) => (relative === undefined ? "" : `${relative > 0 ? "+" : ""}${(100 * relative).toFixed(1)} %`),
    },
    { title: "On", isMinor: true, cell: ({ machines }) => machines.join(", ") },
    { title: "Begun", cell: ({ begun_at_ms }) => <Instant at_ms={begun_at_ms} ago /> },
  ];
}

/** How the one commit is found. */
function Bisect({ alert: { commits, series, last_good } }: { readonly alert: TrendAlert }) {
  const [worst] = series;
  const last = commits.at(-1);
  if (commits.length < 2 || worst === undefined || last_good === undefined || last === undefined) return null;
  return (
    <>
      <p>Which of them it was, by measuring them in turns:</p>
      <pre tabIndex={0}>
        shardwright trends bisect {JSON.stringify(testName(worst))} --metric {worst.name} --good {last_good} --bad {last}
      </pre>
    </>
  );
}

function factsOf({ id, project, branch, opened_at_ms, by, note, changed_at_ms, recovered_at_ms, ended_by }: TrendAlert) {
  return [
    ["Alert", <code>{id}</code>],
    ["Project", project],
    ["Branch", branch],
    ["Opened", <Instant at_ms={opened_at_ms} />],
    ...(by === undefined
      ? []
      : ([
          [
            "Said by",
            <>
              {by}, <Instant at_ms={changed_at_ms} ago />
            </>,
          ],
        ] as const)),
    ...(note === undefined ? [] : ([["Note", note]] as const)),
    ...(recovered_at_ms === undefined ? [] : ([[endWords(ended_by), <Instant at_ms={recovered_at_ms} />]] as const)),
  ] as const;
}

function endWords(ended_by: TrendAlert["ended_by"] = "recovered"): string {
  return {
    recovered: "Back where it was",
    faded: "Faded: more points show no change",
    unmeasured: "No longer measured: its tests are gone, or do not run",
  }[ended_by];
}

function seriesColumns(project: string, branch: string): readonly Column<AlertSeries>[] {
  return [
    { title: "Test", cell: (row) => <Link to={withQuery(`/trends/${row.series}`, { project, branch })}>{testName(row)}</Link> },
    { title: "Metric", cell: metricName },
    { title: "By", cell: (row) => movedWords(row, row.unit) },
    { title: "Level", isMinor: true, cell: (row) => fromToWords(row, row.unit) },
    { title: "First seen", isMinor: true, cell: ({ from_ms }) => <Instant at_ms={from_ms} /> },
    { title: "Hardware", isMinor: true, cell: ({ hardware_class }) => hardware_class },
  ];
}

import { type TrendAnalysis, formatCount, metricName, remarksOf, testName, valueWords } from "@shardwright/core";
import { CommitName, useRepository } from "../../components/commit-name.tsx";
import { Loading } from "../../components/empty.tsx";
import { TextField } from "../../components/field.tsx";
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
import { remarkedTrend } from "./analysed.ts";
import { Changes } from "./changes.tsx";
import { OtherBranches } from "./other-branches.tsx";
import { SeriesPicture } from "./series-picture.tsx";
import "../../../../../packages/core/report-page/trend-picture.css";
import "../../../../../packages/core/report-page/trend-picture-dark.css";
import "./trends.css";

/** One series: its levels, where they changed, and what is to be known of it. */
export default function SeriesPage({ params: { series = "" } }: PageProps) {
  const [query, change] = useQuery();
  const project = query.get("project") ?? useSession().project ?? "default";
  const branch = query.get("branch") ?? undefined;
  const at = useRepository(project);
  const path = `trends/series/${encodeURIComponent(series)}`;
  const { data, error, isLoading, reload } = useGet<TrendAnalysis>(
    withQuery(`${path}/analysis`, { project, branch, points: "true" }),
  );
  return (
    <Page title={data === undefined ? `Series ${series}` : testName(data.series)}>
      {data !== undefined && (
        <p class="series-about muted">
          {metricName(data.series)} on {data.series.hardware_class} ·{" "}
          <Link to={withQuery("/test", { project, key: data.series.test, case: data.series.case })}>the test&apos;s page</Link>
        </p>
      )}
      <div class="filters">
        <TextField
          label="Branch"
          value={branch ?? ""}
          placeholder={data?.branch ?? "the one that is watched"}
          onChange={(value) => change({ branch: value })}
        />
      </div>
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {error?.code === "not-found" && <OtherBranches path={path} project={project} />}
      {data === undefined ? isLoading && <Loading what="the series" /> : <Series analysis={data} at={at} />}
    </Page>
  );
}

function Series({ analysis, at }: { readonly analysis: TrendAnalysis; readonly at: string | undefined }) {
  const { series, branch, points, usable, segments } = analysis;
  const level = segments.at(-1);
  const remarks = remarksOf(remarkedTrend(analysis));
  return (
    <>
      <Facts
        of={[
          ["Now", level === undefined ? "too few points" : valueWords(level.median, series.unit)],
          ["Better", series.better],
          ["Branch", branch],
          ["Points", `${formatCount(points)}, ${formatCount(usable)} of them count`],
          ["Could be seen", detectableWords(analysis)],
        ]}
      />
      <Panel title="Values" note="oldest on the left">
        <SeriesPicture analysis={analysis} />
        {remarks.length > 0 && (
          <ul class="remarks" aria-label="Remarks">
            {remarks.map((remark) => (
              <li key={remark}>{remark}</li>
            ))}
          </ul>
        )}
      </Panel>
      <Changes analysis={analysis} at={at} />
      {segments.length > 0 && (
        <Panel title="Levels" note="medians, and between which values nearly all points lie">
          <Table caption="Levels" columns={levelColumns(analysis)} rows={segments} keyOf={({ from }) => from} />
        </Panel>
      )}
      {analysis.anomalies.length > 0 && (
        <Panel title="Single points far off">
          <Table
            caption="Single points far off"
            columns={anomalyColumns(series.unit, at)}
            rows={analysis.anomalies.toReversed().slice(0, shownAnomalies)}
            keyOf={({ index }) => index}
          />
        </Panel>
      )}
    </>
  );
}

const shownAnomalies = 50;

/** From which size on a lasting change would be seen. */
function detectableWords({ noise: { minimum_detectable } }: TrendAnalysis): string {
  return minimum_detectable === undefined ? "–" : `a change of ${(100 * minimum_detectable).toPrecision(2)} %`;
}

function levelColumns({ series: { unit }, analysed = [] }: TrendAnalysis): readonly Column<TrendAnalysis["segments"][number]>[] {
  const moment = (index: number) => {
    const at_ms = analysed[index]?.at_ms;
    return at_ms === undefined ? "–" : <Instant at_ms={at_ms} />;
  };
  return [
    { title: "From", cell: ({ from }) => moment(from) },
    { title: "Until", cell: ({ until }) => moment(until - 1) },
    { title: "Median", isNumber: true, cell: ({ median }) => valueWords(median, unit) },
    { title: "Least", isNumber: true, isMinor: true, cell: ({ low }) => valueWords(low, unit) },
    { title: "Most", isNumber: true, isMinor: true, cell: ({ high }) => valueWords(high, unit) },
    { title: "Points", isNumber: true, cell: ({ from, until }) => formatCount(until - from) },
  ];
}

function anomalyColumns(unit: string, at: string | undefined): readonly Column<TrendAnalysis["anomalies"][number]>[] {
  return [
    { title: "When", cell: ({ at_ms }) => <Instant at_ms={at_ms} /> },
    { title: "Value", isNumber: true, cell: ({ value }) => valueWords(value, unit) },
    { title: "Usual", isNumber: true, cell: ({ expected }) => valueWords(expected, unit) },
    { title: "Commit", cell: ({ commit }) => (commit === undefined ? "–" : <CommitName commit={commit} at={at} length={10} />) },
    {
      title: "Note",
      isMinor: true,
      cell: ({ newest }) => (newest ? "the newest: it may be the beginning of a change" : ""),
    },
  ];
}

import {
  type TrendAnalyses,
  type TrendAnalysis,
  formatCount,
  metricName,
  percentWords,
  testName,
  valueWords,
} from "@shardwright/core";
import { Cursor } from "../../components/cursor.tsx";
import { Loading } from "../../components/empty.tsx";
import { Panel } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useGet } from "../../data/use-get.ts";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";
import { NoSeries, type TrendsPartProps } from "./series-list.tsx";

const perPage = 50;
/** Of fewer points the noise is hardly known. */
const leastPoints = 8;

/** What could be seen at all: how much each series varies while nothing changes. */
export function NoisePart({ project, chosen }: TrendsPartProps) {
  const [query] = useQuery();
  const { data, error, isLoading, reload } = useGet<TrendAnalyses>(
    withQuery("trends/analysis", { project, ...chosen, after: query.get("after") ?? undefined, limit: perPage }),
  );
  return (
    <>
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? (
        isLoading && <Loading what="the noise" />
      ) : (
        <>
          {data.analyses.length === 0 ? (
            <NoSeries project={project} isFiltered={Object.keys(chosen).length > 0} hasMore={data.next !== undefined} />
          ) : (
            <Panel title="Noise" note="how much each varies while nothing changes, the noisiest of this page first">
              <Table
                caption="Noise"
                columns={columnsOf(project, chosen["branch"])}
                rows={data.analyses.toSorted((one, other) => detectable(other) - detectable(one))}
                keyOf={({ series }) => series.id}
              />
              <p class="muted">A series shows a change from so much on: it is the least that its next ten points would show.</p>
            </Panel>
          )}
          <Cursor next={data.next} what="series" by="after" />
        </>
      )}
    </>
  );
}

function isKnown({ usable }: TrendAnalysis): boolean {
  return usable >= leastPoints;
}

function detectable(analysis: TrendAnalysis): number {
  return isKnown(analysis) ? (analysis.noise.minimum_detectable ?? -1) : -2;
}

function columnsOf(project: string, branch: string | undefined): readonly Column<TrendAnalysis>[] {
  return [
    {
      title: "Test",
      cell: ({ series }) => <Link to={withQuery(`/trends/${series.id}`, { project, branch })}>{testName(series)}</Link>,
    },
    { title: "Metric", cell: ({ series }) => metricName(series) },
    {
      title: "Level",
      isNumber: true,
      isMinor: true,
      cell: ({ segments, series }) => {
        const level = segments.at(-1);
        return level === undefined ? "–" : valueWords(level.median, series.unit);
      },
    },
    {
      title: "Varies by",
      isNumber: true,
      cell: (row) => (isKnown(row) ? `${percentWords(row.noise.rcv)}${row.noise.bimodal ? ", two peaks" : ""}` : "–"),
    },
    {
      title: "Shows from",
      isNumber: true,
      cell: (row) => (isKnown(row) ? percentWords(row.noise.minimum_detectable) : "too few points"),
    },
    {
      title: "Like the one before",
      isNumber: true,
      isMinor: true,
      cell: (row) => (isKnown(row) ? row.noise.autocorrelation.toFixed(2) : "–"),
    },
    {
      title: "Between machines",
      isNumber: true,
      isMinor: true,
      cell: (row) => (isKnown(row) ? percentWords(row.noise.between_machines) : "–"),
    },
    { title: "Points", isNumber: true, isMinor: true, cell: ({ usable }) => formatCount(usable) },
    { title: "Hardware", isMinor: true, cell: ({ series }) => series.hardware_class },
  ];
}

import { type TrendSeries, type TrendSeriesList, formatCount, metricName, testName, valueWords } from "@shardwright/core";
import { Cursor } from "../../components/cursor.tsx";
import { Empty, Loading } from "../../components/empty.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useGet } from "../../data/use-get.ts";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";

/** Which series a part of the page is about. */
export interface TrendsPartProps {
  readonly project: string;
  /** `test`, `metric`, `hardware` and `branch`, those of them that are given. */
  readonly chosen: Readonly<Partial<Record<string, string>>>;
}

const perPage = 100;

/** Each series, in the order in which they came up. */
export function SeriesPart({ project, chosen }: TrendsPartProps) {
  const [query] = useQuery();
  const list = useGet<TrendSeriesList>(
    withQuery("trends/series", { project, ...chosen, after: query.get("after") ?? undefined, limit: perPage }),
  );
  return (
    <>
      {list.error !== undefined && <Trouble error={list.error} retry={list.reload} />}
      {list.data === undefined ? (
        list.isLoading && <Loading what="the series" />
      ) : (
        <>
          <SeriesTable list={list.data} branch={chosen["branch"]} isFiltered={Object.keys(chosen).length > 0} />
          <Cursor next={list.data.next} what="series" by="after" />
        </>
      )}
    </>
  );
}

interface SeriesTableProps {
  readonly list: TrendSeriesList;
  readonly branch: string | undefined;
  readonly isFiltered: boolean;
}

function SeriesTable({ list: { project, series, next }, branch, isFiltered }: SeriesTableProps) {
  if (series.length === 0) return <NoSeries project={project} isFiltered={isFiltered} hasMore={next !== undefined} />;
  const columns: readonly Column<TrendSeries>[] = [
    { title: "Test", cell: (row) => <Link to={withQuery(`/trends/${row.id}`, { project, branch })}>{testName(row)}</Link> },
    { title: "Metric", cell: metricName },
    { title: "Last", isNumber: true, cell: ({ last, unit }) => (last === undefined ? "–" : valueWords(last.value, unit)) },
    { title: "When", cell: ({ last }) => (last === undefined ? "–" : <Instant at_ms={last.at_ms} ago />) },
    { title: "Points", isNumber: true, isMinor: true, cell: ({ points }) => formatCount(points) },
    { title: "Hardware", isMinor: true, cell: ({ hardware_class }) => hardware_class },
  ];
  return <Table caption="Series" columns={columns} rows={series} keyOf={({ id }) => id} />;
}

interface NoSeriesProps {
  readonly project: string;
  readonly isFiltered: boolean;
  readonly hasMore: boolean;
}

/** Why there is nothing to see. */
export function NoSeries({ project, isFiltered, hasMore }: NoSeriesProps) {
  if (hasMore)
    return (
      <Empty title="No series of this page has points">
        <p>There are more: go on to the next page.</p>
      </Empty>
    );
  if (isFiltered)
    return (
      <Empty title="No series is like that">
        <p>
          <code>*</code> stands for any text, <code>?</code> for one character: a test of which you know one word is{" "}
          <code>*word*</code>. See <Link to={withQuery("/trends", { project })}>all series</Link>.
        </p>
      </Empty>
    );
  return (
    <Empty title={`Nothing is measured of ${project} yet`}>
      <p>
        How long tests take is kept of each run that ends, and so is what they measure themselves. What another tool measured:
      </p>
      <pre tabIndex={0}>shardwright trends import --coordinator {location.origin} results.json</pre>
    </Empty>
  );
}

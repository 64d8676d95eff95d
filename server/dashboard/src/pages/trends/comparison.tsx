import {
  type TrendComparisonAnswer,
  chanceWords,
  formatCount,
  heatClass,
  metricName,
  plural,
  ratioIntervalWords,
  ratioWords,
  testName,
  valueWords,
} from "@shardwright/core";
import { Empty, Loading } from "../../components/empty.tsx";
import { ChoiceField, TextField } from "../../components/field.tsx";
import { Panel } from "../../components/page.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useGet } from "../../data/use-get.ts";
import { useQuery } from "../../router/location.ts";
import type { TrendsPartProps } from "./series-list.tsx";
import "../../../../../packages/core/report-page/heat-map.css";
import "../../../../../packages/core/report-page/heat-map-dark.css";

type Metric = TrendComparisonAnswer["metrics"][number];
type Compared = TrendComparisonAnswer["configurations"][number];

const usualKeys = ["hardware", "branch", "browser", "machine", "commit"];
const windows = [
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
] as const;
const rowsShown = 100;

/** Configurations beside each other: what of what is measured differs between two kinds of hardware, browsers, branches. */
export function ComparisonPart({ project, chosen }: TrendsPartProps) {
  const [query, change] = useQuery();
  const of = query.get("of") ?? undefined;
  const by = of === undefined ? (query.get("by") ?? "hardware") : undefined;
  const baseline = of === undefined ? (query.get("baseline") ?? undefined) : undefined;
  const days = query.get("days") ?? "30";
  const { data, error, isLoading, reload } = useGet<TrendComparisonAnswer>(
    withQuery("trends/comparison", { project, ...chosen, by, baseline, configurations: of, days }),
  );
  const names = data?.found.filter(({ values }) => values > 0).map(({ name }) => name) ?? [];
  return (
    <>
      <div class="filters" role="search" aria-label="What is compared">
        <TextField
          label="Every"
          value={by ?? ""}
          placeholder="hardware"
          suggestions={usualKeys}
          onChange={(value) => change({ by: value, of: undefined, baseline: undefined })}
        />
        <TextField
          label="Beside"
          value={baseline ?? ""}
          placeholder={of === undefined ? (data?.baseline ?? "") : ""}
          suggestions={names}
          onChange={(value) => change({ baseline: value, of: undefined })}
        />
        <TextField
          label="Or just these"
          value={of ?? ""}
          placeholder="branch=main; branch=next"
          onChange={(value) => change({ of: value, by: undefined, baseline: undefined })}
        />
        <ChoiceField
          label="Looked at"
          value={days}
          choices={windows.some(([value]) => value === days) ? windows : [...windows, [days, `${days} days`]]}
          onChange={(value) => change({ days: value })}
        />
      </div>
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? (
        isLoading && <Loading what="the comparison" />
      ) : (
        <Comparison answer={data} what={by ?? "configuration"} />
      )}
    </>
  );
}

function Comparison({ answer, what }: { readonly answer: TrendComparisonAnswer; readonly what: string }) {
  const { baseline, configurations, metrics, more, more_series, series } = answer;
  if (metrics.length === 0) return <NothingToCompare answer={answer} what={what} />;
  const isCut = more_series || more.configurations + more.metrics > 0;
  return (
    <Panel title={`Compared with ${baseline}`} note={plural(metrics.length, "metric")}>
      <p class="muted">
        Ratios with their intervals, which hold together with 95 %. Coloured where it is sure that it differs, after correction
        for all ratios: <span class="heat worse-2">worse</span> <span class="heat better-2">better</span>.
      </p>
      <div class="table-frame heat-map" role="group" aria-label="Comparison" tabIndex={0}>
        <table>
          <caption class="unseen">Comparison</caption>
          <thead>
            <tr>
              <th scope="col">Test</th>
              <th scope="col" class="number">
                {baseline}
              </th>
              {configurations.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr class="mean">
              <th scope="row">
                Geometric mean of the cost
                <small>over 1 is worse; of what is better when it is more, the inverse</small>
              </th>
              <td />
              {configurations.map((each) => (
                <Mean key={each.name} of={each} />
              ))}
            </tr>
            {metrics.slice(0, rowsShown).map((metric, at) => (
              <Row key={at} metric={metric} />
            ))}
          </tbody>
        </table>
      </div>
      {metrics.length > rowsShown && (
        <p class="muted">
          … and {formatCount(metrics.length - rowsShown)} more that differ less: <code>shardwright trends compare</code> writes
          all of them.
        </p>
      )}
      {isCut && (
        <p class="muted">
          Not all was compared: there is too much for one answer ({plural(series, "series", "series")} were looked at). Choose a
          test, a metric or a class of hardware above.
        </p>
      )}
      <ul class="remarks" aria-label="Left out">
        {configurations
          .flatMap((each) => leftOutWords(each, baseline))
          .map((words) => (
            <li key={words}>{words}</li>
          ))}
      </ul>
    </Panel>
  );
}

function Mean({ of: { geometric_mean, compared, worse, better } }: { readonly of: Compared }) {
  if (geometric_mean === undefined) return <td>–</td>;
  const { estimate, low, high } = geometric_mean;
  return (
    <td>
      <b>{ratioWords(estimate)}</b>
      <small>{low === undefined || high === undefined ? "of one metric" : `${ratioWords(low)} to ${ratioWords(high)}`}</small>
      <small>
        {worse} worse, {better} better of {compared}
      </small>
    </td>
  );
}

function Row({ metric }: { readonly metric: Metric }) {
  const { unit, baseline_median, hardware_class, replicates, cells } = metric;
  return (
    <tr>
      <th scope="row">
        {testName(metric)}
        <small>{[metricName(metric), ...(hardware_class === "" ? [] : [hardware_class])].join(" · ")}</small>
        {replicates === true && <small>Replicates of few runs: the intervals are too narrow.</small>}
      </th>
      <td class="number">{valueWords(baseline_median, unit)}</td>
      {cells.map((cell, at) =>
        cell === null ? (
          <td key={at}>–</td>
        ) : (
          <td key={at} class={heatClass(cell)} title={`corrected p ${chanceWords(cell.q)}`}>
            <b>{ratioWords(cell.ratio.estimate)}</b> {valueWords(cell.median, unit)}
            <small>{ratioIntervalWords(cell)}</small>
            <span class="unseen">{cell.verdict === "unsure" ? "no sure difference" : cell.verdict}</span>
          </td>
        ),
      )}
    </tr>
  );
}

function leftOutWords({ name, missing, not_positive }: Compared, baseline: string): string[] {
  return [
    ...(missing > 0 ? [`${plural(missing, "metric")} of ${name} or of ${baseline} not measured under both.`] : []),
    ...(not_positive > 0 ? [`${plural(not_positive, "metric")} of ${name} without a ratio: not all of it is positive.`] : []),
  ];
}

function NothingToCompare({ answer, what }: { readonly answer: TrendComparisonAnswer; readonly what: string }) {
  const there = answer.found.filter(({ values }) => values > 0);
  const title =
    there.length === 0
      ? `Nothing that fits has a ${what} in these ${answer.days} days`
      : there.length === 1
        ? `There is only one: ${there[0]?.name}`
        : "They have no metric in common";
  return (
    <Empty title={title}>
      <p>
        Points are put apart by hardware, branch, commit, machine, or any dimension that they were measured with, such as browser;
        or by several: <code>browser=firefox,mode=worker; browser=firefox,mode=page</code>.
      </p>
    </Empty>
  );
}

import { type AnalyticsFailures, formatCount } from "@shardwright/core";
import { Empty } from "../../components/empty.tsx";
import { Panel } from "../../components/page.tsx";
import { Pager } from "../../components/pager.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { dayWords } from "./day-bars.tsx";
import { Answer, type PartProps } from "./part-answer.tsx";
import { perPage, useOffset } from "./use-offset.ts";

/** Ways in which tests fail, week by week. */
export function FailuresPart(props: PartProps) {
  const { page, offset, turn } = useOffset();
  return (
    <Panel title="Ways in which tests fail" note="those that most runs showed first">
      <Answer<AnalyticsFailures> of="failures" {...props} more={{ offset, limit: perPage }}>
        {({ clusters, weeks, next }) =>
          clusters.length === 0 ? (
            <Empty title="Nothing failed in these days">
              <p>Failures with the same cause are one here, however many tests and runs show them.</p>
            </Empty>
          ) : (
            <>
              <Table
                caption="Ways in which tests fail"
                columns={columnsFor(weeks)}
                rows={clusters}
                keyOf={(row) => row.fingerprint}
              />
              <Pager page={page} size={perPage} hasNext={next !== undefined} onPage={turn} what="failures" />
            </>
          )
        }
      </Answer>
    </Panel>
  );
}

function columnsFor(weeks: readonly number[]): readonly Column<AnalyticsFailures["clusters"][number]>[] {
  return [
    { title: "Failure", cell: ({ title }) => title },
    { title: "Kind", isMinor: true, cell: ({ kind }) => kind },
    { title: "Runs", isNumber: true, cell: ({ runs }) => formatCount(runs) },
    { title: "Times", isNumber: true, isMinor: true, cell: ({ cases }) => formatCount(cases) },
    { title: "By week", cell: ({ by_week }) => <Weeks weeks={weeks} runs={by_week} /> },
    { title: "Last", isMinor: true, cell: ({ last_at_ms }) => dayWords(last_at_ms) },
  ];
}

const [width, height] = [96, 24];

/** A bar for each week; what it shows is told in words too. */
function Weeks({ weeks, runs }: { readonly weeks: readonly number[]; readonly runs: readonly number[] }) {
  const most = Math.max(1, ...runs);
  const step = width / Math.max(1, runs.length);
  const said = weeks.map((week, index) => `${dayWords(week)}: ${runs[index] ?? 0}`).join(", ");
  return (
    <svg class="weeks" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`Runs by week from ${said}`}>
      <title>{said}</title>
      {runs.map((count, index) => (
        <rect
          key={weeks[index]}
          x={index * step}
          y={height - (height * count) / most}
          width={Math.max(1, Math.min(16, 0.8 * step))}
          height={(height * count) / most}
        />
      ))}
    </svg>
  );
}

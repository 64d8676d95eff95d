import { type AnalyticsTime, type TimeFigures, formatCount, formatDuration } from "@shardwright/core";
import { Facts, Panel } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Duration } from "../../components/time.tsx";
import { DayBars, dayWords, everyDay } from "./day-bars.tsx";
import { NoFigures } from "./no-figures.tsx";
import { Answer, type PartProps } from "./part-answer.tsx";

/** Where the time of runs goes, and what is saved against one process. */
export function TimePart(props: PartProps) {
  return (
    <Answer<AnalyticsTime> of="time" {...props}>
      {(time) => <Time time={time} />}
    </Answer>
  );
}

function Time({ time }: { readonly time: AnalyticsTime }) {
  const { total, days } = time;
  if (total.runs === 0) return <NoFigures title="No run has ended in these days" />;
  return (
    <>
      <Panel title="What is saved" note="against running all tests one after the other">
        <Facts
          of={[
            ["Saved", savedWords(total.saved_ms)],
            ["A run took", <Duration ms={total.wall_ms / total.runs} />],
            ["One after the other", <Duration ms={total.serial_ms / total.runs} />],
            ["Waited for the first worker", <Duration ms={total.wait_ms / total.runs} />],
            ["Runs", `${formatCount(total.runs)}, ${formatCount(total.passed)} of them passed`],
          ]}
        />
      </Panel>
      <Panel title="Where it goes" note="the time of machines, by day (UTC)">
        <DayBars
          days={everyDay(time, ({ cases_ms, setup_ms, retry_ms }) => [cases_ms, setup_ms, retry_ms])}
          kinds={["tests", "loading and set-up", "attempts that did not count"]}
          label="What machines spent each day"
          words={formatDuration}
        />
        <Table caption="Time by day" columns={columns} rows={days.toReversed()} keyOf={({ at_ms }) => at_ms} />
      </Panel>
    </>
  );
}

/** Less than nothing where one process would have been done sooner. */
function savedWords(saved_ms: number): string {
  return saved_ms < 0 ? `nothing: ${formatDuration(-saved_ms)} longer` : formatDuration(saved_ms);
}

const columns: readonly Column<TimeFigures & { readonly at_ms: number }>[] = [
  { title: "Day", cell: ({ at_ms }) => dayWords(at_ms) },
  { title: "Runs", isNumber: true, cell: ({ runs }) => formatCount(runs) },
  { title: "A run took", isNumber: true, cell: ({ wall_ms, runs }) => <Duration ms={runs === 0 ? undefined : wall_ms / runs} /> },
  { title: "Tests", isNumber: true, isMinor: true, cell: ({ cases_ms }) => <Duration ms={cases_ms} /> },
  { title: "Set-up", isNumber: true, isMinor: true, cell: ({ setup_ms }) => <Duration ms={setup_ms} /> },
  { title: "Did not count", isNumber: true, isMinor: true, cell: ({ retry_ms }) => <Duration ms={retry_ms} /> },
  { title: "Saved", isNumber: true, cell: ({ saved_ms }) => savedWords(saved_ms) },
];

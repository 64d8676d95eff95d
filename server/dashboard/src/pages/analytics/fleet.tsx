import { type AnalyticsFleet, formatDuration } from "@shardwright/core";
import { Facts, Panel } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Duration } from "../../components/time.tsx";
import { Empty } from "../../components/empty.tsx";
import { DayBars, dayWords, everyDay } from "./day-bars.tsx";
import { Answer, type PartProps } from "./part-answer.tsx";

type Use = AnalyticsFleet["total"];

/** What the fleet offered, and how much of it tests used. */
export function FleetPart(props: PartProps) {
  return (
    <Answer<AnalyticsFleet> of="fleet" {...props}>
      {(fleet) => <Fleet fleet={fleet} />}
    </Answer>
  );
}

function Fleet({ fleet }: { readonly fleet: AnalyticsFleet }) {
  const { total, days, classes } = fleet;
  if (total.offered_ms + total.busy_ms === 0)
    return (
      <Empty title="No worker was there in these days">
        <p>Start one on any machine:</p>
        <pre tabIndex={0}>shardwright worker --coordinator {location.origin}</pre>
      </Empty>
    );
  return (
    <>
      <Panel title="Of all projects">
        <Facts
          of={[
            ["Used", percent(total.utilisation)],
            ["Slots offered", <Duration ms={total.offered_ms} />],
            ["Ran tests", <Duration ms={total.busy_ms} />],
            ["Of them this project's", <Duration ms={total.own_ms} />],
            ["Workers were there", `${total.worker_hours.toFixed(1)} h`],
          ]}
        />
      </Panel>
      <Panel title="By day" note="UTC">
        <DayBars
          days={everyDay(fleet, ({ offered_ms, busy_ms }) => [offered_ms, busy_ms])}
          kinds={["offered", "ran tests"]}
          label="What the fleet offered and used each day"
          words={formatDuration}
          isStacked={false}
        />
        <Table
          caption="Use by day"
          columns={[{ title: "Day", cell: ({ at_ms }) => dayWords(at_ms) }, ...useColumns]}
          rows={days.toReversed()}
          keyOf={({ at_ms }) => at_ms}
        />
      </Panel>
      <Panel title="By hardware">
        <Table
          caption="Use by class of hardware"
          columns={[{ title: "Hardware", cell: (row) => row.hardware_class }, ...useColumns]}
          rows={classes}
          keyOf={(row) => row.hardware_class}
        />
      </Panel>
    </>
  );
}

const useColumns: readonly Column<Use>[] = [
  { title: "Used", isNumber: true, cell: ({ utilisation }) => percent(utilisation) },
  { title: "Offered", isNumber: true, cell: ({ offered_ms }) => <Duration ms={offered_ms} /> },
  { title: "Ran tests", isNumber: true, cell: ({ busy_ms }) => <Duration ms={busy_ms} /> },
  { title: "This project", isNumber: true, isMinor: true, cell: ({ own_ms }) => <Duration ms={own_ms} /> },
];

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

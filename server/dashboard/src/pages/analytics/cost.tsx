import { type AnalyticsCost, formatCount } from "@shardwright/core";
import { Empty } from "../../components/empty.tsx";
import { Facts, Panel } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { DayBars, dayWords, everyDay } from "./day-bars.tsx";
import { Answer, type PartProps } from "./part-answer.tsx";

type Cost = NonNullable<AnalyticsCost["total"]>;

/** What tests cost, by the prices that are set. */
export function CostPart(props: PartProps) {
  return (
    <Answer<AnalyticsCost> of="cost" {...props}>
      {(cost) => <Costs cost={cost} />}
    </Answer>
  );
}

function Costs({ cost }: { readonly cost: AnalyticsCost }) {
  const { currency, total, per_run, days, classes } = cost;
  if (currency === null || total === undefined)
    return (
      <Empty title="No prices are set">
        <p>Say what an hour of a worker costs, by its class of hardware or a label; what was before is then priced too:</p>
        <pre
          tabIndex={0}
        >{`shardwright cluster config set worker-prices 'gpu=1.80,*=0.05'\nshardwright cluster config set currency EUR`}</pre>
      </Empty>
    );
  const money = (value: number) => `${value.toFixed(2)} ${currency}`;
  const costColumns: readonly Column<Cost>[] = [
    { title: "This project", isNumber: true, cell: ({ used }) => money(used) },
    { title: "Whole fleet", isNumber: true, cell: ({ fleet }) => money(fleet) },
  ];
  return (
    <>
      <Panel title="In all" note="at today's prices">
        <Facts
          of={[
            ["This project's tests", money(total.used)],
            ["A run", per_run === undefined ? "–" : `${per_run.toFixed(4)} ${currency}`],
            ["The whole fleet, used or not", money(total.fleet)],
            ...(total.unpriced_hours === 0
              ? []
              : ([["Without a price", `${formatCount(Math.ceil(total.unpriced_hours))} hours of workers`]] as const)),
          ]}
        />
      </Panel>
      <Panel title="By day" note="UTC">
        <DayBars
          days={everyDay(cost, ({ fleet, used }) => [fleet, used])}
          kinds={["whole fleet", "this project's tests"]}
          label="Cost of each day"
          words={money}
          isStacked={false}
        />
        <Table
          caption="Cost by day"
          columns={[{ title: "Day", cell: ({ at_ms }) => dayWords(at_ms) }, ...costColumns]}
          rows={days.toReversed()}
          keyOf={({ at_ms }) => at_ms}
        />
      </Panel>
      <Panel title="By hardware">
        <Table
          caption="Cost by class of hardware"
          columns={[{ title: "Hardware", cell: (row) => row.hardware_class }, ...costColumns]}
          rows={classes}
          keyOf={(row) => row.hardware_class}
        />
      </Panel>
    </>
  );
}

import { type AnalyticsTests, formatCount } from "@shardwright/core";
import { ChoiceField } from "../../components/field.tsx";
import { Panel } from "../../components/page.tsx";
import { Pager } from "../../components/pager.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Duration } from "../../components/time.tsx";
import { withQuery } from "../../data/api.ts";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";
import { NoFigures } from "./no-figures.tsx";
import { Answer, type PartProps } from "./part-answer.tsx";
import { perPage, useOffset } from "./use-offset.ts";

type TestRow = AnalyticsTests["tests"][number];
type CaseRow = AnalyticsTests["cases"][number];

const orders = [
  ["total", "all their time"],
  ["typical", "the time of one run"],
  ["setup", "loading and set-up"],
  ["retries", "attempts that did not count"],
] as const;

/** The files that take longest, and their slowest cases. */
export function TestsPart(props: PartProps) {
  const [query, change] = useQuery();
  const { page, offset, turn } = useOffset();
  const by = query.get("by") ?? "total";
  const { project } = props;
  return (
    <>
      <div class="filters">
        <ChoiceField
          label="Ordered by"
          value={by}
          onChange={(value) => change({ by: value, offset: undefined })}
          choices={orders}
        />
      </div>
      <Answer<AnalyticsTests> of="tests" {...props} more={{ by, offset, limit: perPage }}>
        {({ tests, cases, next }) =>
          tests.length === 0 ? (
            <NoFigures title="No file ran in these days" />
          ) : (
            <>
              <Panel title="Files">
                <Table caption="Files that take longest" columns={testColumns(project)} rows={tests} keyOf={({ test }) => test} />
                <Pager page={page} size={perPage} hasNext={next !== undefined} onPage={turn} what="files" />
              </Panel>
              {cases.length > 0 && (
                <Panel title="Their slowest tests" note="the median of the newest">
                  <Table caption="Slowest tests" columns={caseColumns(project)} rows={cases} keyOf={({ series }) => series} />
                </Panel>
              )}
            </>
          )
        }
      </Answer>
    </>
  );
}

function testColumns(project: string): readonly Column<TestRow>[] {
  return [
    { title: "File", cell: ({ test }) => <Link to={withQuery("/test", { project, key: test })}>{test}</Link> },
    { title: "In all", isNumber: true, cell: ({ total_ms }) => <Duration ms={total_ms} /> },
    { title: "A run", isNumber: true, cell: ({ typical_ms }) => <Duration ms={typical_ms} /> },
    { title: "Set-up", isNumber: true, isMinor: true, cell: ({ setup_ms }) => <Duration ms={setup_ms} /> },
    { title: "Did not count", isNumber: true, isMinor: true, cell: ({ retry_ms }) => <Duration ms={retry_ms} /> },
    { title: "Runs", isNumber: true, isMinor: true, cell: ({ runs }) => formatCount(runs) },
    { title: "Failed", isNumber: true, isMinor: true, cell: ({ failed }) => formatCount(failed) },
  ];
}

function caseColumns(project: string): readonly Column<CaseRow>[] {
  return [
    {
      title: "Test",
      cell: ({ test, case: name, series }) => <Link to={withQuery(`/trends/${series}`, { project })}>{`${test} > ${name}`}</Link>,
    },
    { title: "Takes", isNumber: true, cell: ({ typical_ms }) => <Duration ms={typical_ms} /> },
    { title: "Points", isNumber: true, isMinor: true, cell: ({ points }) => formatCount(points) },
    { title: "Hardware", isMinor: true, cell: ({ hardware_class }) => hardware_class },
  ];
}

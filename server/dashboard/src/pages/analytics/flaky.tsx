import { type AnalyticsFlaky, formatCount } from "@shardwright/core";
import { Empty } from "../../components/empty.tsx";
import { Panel } from "../../components/page.tsx";
import { Pager } from "../../components/pager.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Duration } from "../../components/time.tsx";
import { withQuery } from "../../data/api.ts";
import { Link } from "../../router/link.tsx";
import { dayWords } from "./day-bars.tsx";
import { Answer, type PartProps } from "./part-answer.tsx";
import { perPage, useOffset } from "./use-offset.ts";

/** Files that passed only when they were tried again. */
export function FlakyPart(props: PartProps) {
  const { page, offset, turn } = useOffset();
  const { project } = props;
  const columns: readonly Column<AnalyticsFlaky["tests"][number]>[] = [
    { title: "File", cell: ({ test }) => <Link to={withQuery("/test", { project, key: test })}>{test}</Link> },
    { title: "Flaky", isNumber: true, cell: ({ flaky, runs }) => `${formatCount(flaky)} of ${formatCount(runs)} runs` },
    { title: "Tried in vain", isNumber: true, cell: ({ retry_ms }) => <Duration ms={retry_ms} /> },
    { title: "Last", isMinor: true, cell: ({ last_at_ms }) => dayWords(last_at_ms) },
  ];
  return (
    <Panel title="Passed only when tried again" note="the most frequent first">
      <Answer<AnalyticsFlaky> of="flaky" {...props} more={{ offset, limit: perPage }}>
        {({ tests, next }) =>
          tests.length === 0 ? (
            <Empty title="No file was flaky in these days">
              <p>
                What flips from run to run of the same commit is on{" "}
                <Link to={withQuery("/tests", { project })}>the tests&apos; page</Link>.
              </p>
            </Empty>
          ) : (
            <>
              <Table caption="Flaky files" columns={columns} rows={tests} keyOf={({ test }) => test} />
              <Pager page={page} size={perPage} hasNext={next !== undefined} onPage={turn} what="flaky files" />
            </>
          )
        }
      </Answer>
    </Panel>
  );
}

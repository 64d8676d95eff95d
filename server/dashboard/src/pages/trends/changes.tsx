import { type TrendAnalysis, plural, rangeWords } from "@shardwright/core";
import { Empty } from "../../components/empty.tsx";
import { Panel } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Instant } from "../../components/time.tsx";
import { Commits } from "./commits.tsx";
import { JudgementTag } from "./judgement.tsx";
import { fromToWords, movedWords } from "./words.ts";

type Change = TrendAnalysis["changes"][number];

/** Where the level of a series changed, the newest first, and the commits that it may come from. */
export function Changes({ analysis, at }: { readonly analysis: TrendAnalysis; readonly at: string | undefined }) {
  const changes = analysis.changes.toReversed();
  const { withheld } = analysis;
  const newest = changes.find(({ commits }) => commits.length > 0);
  return (
    <Panel title="Changes" note="newest first">
      {changes.length === 0 ? (
        <Empty title="Its level has not changed">
          <p>
            A change is told when the points after it lie apart from those before by more than chance: seven on either side at
            least.
          </p>
        </Empty>
      ) : (
        <Table caption="Changes" columns={changeColumns(analysis.series.unit)} rows={changes} keyOf={({ index }) => index} />
      )}
      {withheld.length > 0 && (
        <p class="muted">
          {plural(withheld.length, "change")} more would be seen by chance in as many series as there are, and{" "}
          {withheld.length === 1 ? "is" : "are"} not told.
        </p>
      )}
      {newest !== undefined && <Commits of={newest} title="Commits of the newest change" at={at} />}
    </Panel>
  );
}

function changeColumns(unit: string): readonly Column<Change>[] {
  return [
    { title: "When", cell: ({ at_ms }) => <Instant at_ms={at_ms} /> },
    { title: "What", cell: ({ judgement }) => <JudgementTag of={judgement} /> },
    { title: "By", cell: (change) => movedWords(change, unit) },
    { title: "Level", isMinor: true, cell: (change) => fromToWords(change, unit) },
    { title: "Commits", cell: (change) => rangeOf(change) },
    { title: "Note", isMinor: true, cell: ({ other_machines }) => (other_machines === true ? "other machines measured it" : "") },
  ];
}

function rangeOf({ last_good, commits }: Change): string {
  return rangeWords({ commits, ...(last_good !== undefined && { last_good }) });
}

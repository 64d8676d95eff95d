import type { FlakyList, QuarantineList } from "@shardwright/core";
import { useState } from "preact/hooks";
import { Tag } from "../../components/badge.tsx";
import { Empty, Loading } from "../../components/empty.tsx";
import { TextField } from "../../components/field.tsx";
import { Page, Panel } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useMay, useSession } from "../../data/session.ts";
import { useGet } from "../../data/use-get.ts";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";
import { LiftDialog } from "../quarantine.tsx";

type Flaky = FlakyList["tests"][number];
type Entry = QuarantineList["entries"][number];

/** The tests of a project that need somebody: those that flip, and those in quarantine. */
export default function TestsPage() {
  const [query, change] = useQuery();
  const project = query.get("project") ?? useSession().project ?? "default";
  const flaky = useGet<FlakyList>(withQuery("flaky", { project, limit: 100 }));
  const quarantine = useGet<QuarantineList>(withQuery("quarantine", { project }));
  return (
    <Page title="Tests">
      <div class="filters">
        <TextField label="Project" value={project} onChange={(value) => change({ project: value })} />
      </div>
      <Panel title="Flaky" note="fail on code on which they pass as well, the likeliest first">
        {flaky.error !== undefined && <Trouble error={flaky.error} retry={flaky.reload} />}
        {flaky.data === undefined ? flaky.isLoading && <Loading what="the tests" /> : <FlakyTable list={flaky.data} />}
      </Panel>
      <Panel title="In quarantine" note="run and are reported, and do not fail a run">
        {quarantine.error !== undefined && <Trouble error={quarantine.error} retry={quarantine.reload} />}
        {quarantine.data !== undefined && <QuarantineTable list={quarantine.data} onChanged={quarantine.reload} />}
      </Panel>
    </Page>
  );
}

function FlakyTable({ list: { project, tests, more } }: { readonly list: FlakyList }) {
  if (tests.length === 0)
    return (
      <Empty title={`No test of ${project} has flipped`}>
        <p>
          A test is here when it fails and passes on the same code: when it is run again, or in another run of the same commit.
        </p>
      </Empty>
    );
  const columns: readonly Column<Flaky>[] = [
    { title: "Test", cell: ({ key, name, test }) => <Link to={withQuery("/test", { project, key, case: name })}>{test}</Link> },
    { title: "Flips", isNumber: true, cell: ({ score }) => percent(score) },
    { title: "90 % between", isNumber: true, isMinor: true, cell: ({ low, high }) => `${percent(low)} and ${percent(high)}` },
    { title: "In runs", isNumber: true, cell: ({ flips, observations }) => `${flips} of ${observations}` },
    { title: "Last", cell: ({ last_flip_ms }) => <Instant at_ms={last_flip_ms} ago /> },
    { title: "What it goes with", isMinor: true, cell: ({ sentence = "" }) => sentence },
  ];
  return (
    <>
      <Table caption="Flaky tests" columns={columns} rows={tests} keyOf={({ test }) => test} />
      {more > 0 && <p class="muted">{more} more failed of late and were not looked at.</p>}
    </>
  );
}

function QuarantineTable({ list, onChanged }: { readonly list: QuarantineList; readonly onChanged: () => void }) {
  const [lifted, setLifted] = useState<string>();
  const may = useMay("submit");
  if (list.entries.length === 0)
    return (
      <Empty title="Nothing is in quarantine">
        <p>Put a test there from its own page, or:</p>
        <pre tabIndex={0}>shardwright quarantine add "cart.test.js {">"} adds up" --owner ada --reason "#1234" --expires 14d</pre>
      </Empty>
    );
  const columns: readonly Column<Entry>[] = [
    { title: "Test", cell: ({ test }) => test },
    { title: "Owner", cell: ({ owner }) => owner },
    {
      title: "Until",
      cell: ({ expires_at_ms, expired }) => (expired ? <Tag tone="incomplete">over</Tag> : <Instant at_ms={expires_at_ms} />),
    },
    { title: "Why", isMinor: true, cell: ({ reason }) => reason },
    ...(may
      ? [
          {
            title: "Do",
            cell: ({ test }: Entry) => (
              <button type="button" aria-label={`Take ${test} out of quarantine`} onClick={() => setLifted(test)}>
                Take out
              </button>
            ),
          },
        ]
      : []),
  ];
  const close = () => setLifted(undefined);
  return (
    <>
      <Table caption="Tests in quarantine" columns={columns} rows={list.entries} keyOf={({ test }) => test} />
      {lifted !== undefined && (
        <LiftDialog
          project={list.project}
          test={lifted}
          onClose={close}
          onDone={() => {
            close();
            onChanged();
          }}
        />
      )}
    </>
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

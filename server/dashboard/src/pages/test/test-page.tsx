import type { TestAttempt, TestHistory } from "@shardwright/core";
import { useState } from "preact/hooks";
import { Badge, Tag } from "../../components/badge.tsx";
import { Cursor } from "../../components/cursor.tsx";
import { Empty, Loading } from "../../components/empty.tsx";
import { TextField } from "../../components/field.tsx";
import { Facts, Page, Panel } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Duration, Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useMay, useSession } from "../../data/session.ts";
import { useGet } from "../../data/use-get.ts";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";
import { LiftDialog, QuarantineDialog } from "../quarantine.tsx";
import { HistoryPicture } from "./history-picture.tsx";
import { byHardware, type HardwareRow } from "./by-hardware.ts";
import "./test.css";

/** Runs of one page. */
const runsShown = 100;

/** How one test, or a whole file, fares from run to run. */
export default function TestPage() {
  const [query, change] = useQuery();
  const project = query.get("project") ?? useSession().project ?? "default";
  const chosen = (name: string) => query.get(name) ?? undefined;
  const key = chosen("key");
  const name = chosen("case");
  const asked = { project, key, case: name, branch: chosen("branch"), before: chosen("before"), limit: runsShown };
  const { data, error, isLoading, reload } = useGet<TestHistory>(
    key === undefined ? undefined : withQuery("tests/history", asked),
  );
  const title = name ?? data?.file ?? key ?? "Test";
  return (
    <Page title={title} actions={data !== undefined && <QuarantineActions history={data} onChanged={reload} />}>
      {data?.case !== undefined && (
        <p class="muted">
          in <Link to={withQuery("/test", { project, key })}>{data.file}</Link>
        </p>
      )}
      {key !== undefined && (
        <p class="test-trends">
          <Link to={withQuery("/trends", { project, test: name === undefined ? key : `${key} > ${name}` })}>
            How what it measures changes
          </Link>
        </p>
      )}
      <div class="filters">
        <TextField label="Branch" value={asked.branch ?? ""} onChange={(branch) => change({ branch, before: undefined })} />
      </div>
      {key === undefined && <Empty title="No test is named">{<Link to="/tests">Choose one</Link>}</Empty>}
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? isLoading && <Loading what="the test's history" /> : <History history={data} />}
    </Page>
  );
}

function History({ history }: { readonly history: TestHistory }) {
  const { attempts, cases, next } = history;
  return (
    <>
      <Facts of={factsOf(history)} />
      <Panel title="History" note="oldest on the left; how high a sign stands is how long it took">
        <HistoryPicture attempts={attempts} />
      </Panel>
      <Panel title="By hardware">
        <Table
          caption="Durations by hardware"
          columns={hardwareColumns}
          rows={byHardware(attempts)}
          keyOf={(row) => row.hardware_class}
        />
      </Panel>
      {cases.length > 0 && (
        <Panel title="Tests in it" note="as the newest run had them">
          <Table
            caption="Each test of the file"
            columns={caseColumns(history)}
            rows={cases.map((each, place) => ({ ...each, place }))}
            keyOf={(row) => row.place}
          />
        </Panel>
      )}
      <Panel title="Attempts" note="newest first">
        <Table
          caption="Each attempt"
          columns={attemptColumns}
          rows={attempts}
          keyOf={(row) => `${row.run}.${row.task}.${row.attempt}.${row.at_ms}`}
        />
        <Cursor next={next} what="attempts" />
      </Panel>
    </>
  );
}

function factsOf({ flakiness, quarantine, attempts, project }: TestHistory) {
  const runs = new Set(attempts.map(({ run }) => run)).size;
  return [
    ["Project", project],
    ["Runs shown", String(runs)],
    ...(flakiness === undefined
      ? []
      : ([
          ["Flips in a run", `${percent(flakiness.score)} (90 %: ${percent(flakiness.low)} to ${percent(flakiness.high)})`],
          ["Flipped", `in ${flakiness.flips} of ${flakiness.observations} runs`],
          ...(flakiness.last_flip_ms === undefined ? [] : ([["Last", <Instant at_ms={flakiness.last_flip_ms} ago />]] as const)),
          ...(flakiness.sentence === undefined ? [] : ([["Goes with", flakiness.sentence]] as const)),
        ] as const)),
    ...(quarantine === undefined || quarantine.origin === "rule"
      ? []
      : ([
          [
            "Quarantine",
            <>
              {quarantine.expired === true ? <Tag tone="incomplete">over</Tag> : <Badge status="quarantined" />}{" "}
              {quarantine.owner}, until <Instant at_ms={quarantine.expires_at_ms} />: {quarantine.reason}
            </>,
          ],
        ] as const)),
  ] as const;
}

function QuarantineActions({ history, onChanged }: { readonly history: TestHistory; readonly onChanged: () => void }) {
  const [open, setOpen] = useState<"put" | "lift">();
  const { project, quarantine, file } = history;
  const test = history.case === undefined ? file : `${file} > ${history.case}`;
  if (!useMay("submit")) return null;
  const dialog = { project, onClose: () => setOpen(undefined) };
  const onDone = () => {
    setOpen(undefined);
    onChanged();
  };
  return (
    <>
      {quarantine !== undefined && (
        <button type="button" onClick={() => setOpen("lift")}>
          Take out of quarantine
        </button>
      )}
      <button type="button" onClick={() => setOpen("put")}>
        {quarantine === undefined ? "Put into quarantine" : "Change the quarantine"}
      </button>
      {open === "put" && <QuarantineDialog {...dialog} test={test} onDone={onDone} />}
      {open === "lift" && <LiftDialog {...dialog} test={quarantine?.test ?? test} onDone={onDone} />}
    </>
  );
}

const hardwareColumns: readonly Column<HardwareRow>[] = [
  { title: "Hardware", cell: (row) => row.hardware_class },
  { title: "Attempts", isNumber: true, cell: (row) => row.attempts },
  { title: "Did not pass", isNumber: true, cell: (row) => row.bad },
  { title: "Median", isNumber: true, cell: (row) => <Duration ms={row.median_ms} /> },
  { title: "Longest", isNumber: true, isMinor: true, cell: (row) => <Duration ms={row.longest_ms} /> },
];

const attemptColumns: readonly Column<TestAttempt>[] = [
  { title: "Run", cell: (row) => <Link to={`/runs/${row.run}`}>{row.run_key}</Link> },
  { title: "Result", cell: (row) => <Badge status={row.status} /> },
  { title: "Attempt", isNumber: true, cell: (row) => row.attempt },
  { title: "Took", isNumber: true, cell: (row) => <Duration ms={row.duration_ms} /> },
  { title: "When", cell: (row) => <Instant at_ms={row.at_ms} ago /> },
  { title: "Worker", isMinor: true, cell: (row) => row.worker },
  { title: "Commit", isMinor: true, cell: (row) => <code>{row.commit?.slice(0, 10) ?? "–"}</code> },
  { title: "Why", isMinor: true, cell: (row) => row.message ?? "" },
];

function caseColumns({ project, key }: TestHistory): readonly Column<TestHistory["cases"][number]>[] {
  return [
    { title: "Test", cell: ({ name }) => <Link to={withQuery("/test", { project, key, case: name })}>{name}</Link> },
    { title: "Result", cell: ({ status }) => <Badge status={status} /> },
    { title: "Took", isNumber: true, cell: ({ duration_ms }) => <Duration ms={duration_ms} /> },
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

import { type WorkerAttempt, type WorkerDetail, incidentText } from "@shardwright/core";
import { Badge } from "../../components/badge.tsx";
import { Cursor } from "../../components/cursor.tsx";
import { Empty, Loading } from "../../components/empty.tsx";
import { Facts, Page, Panel } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Duration, Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useGet } from "../../data/use-get.ts";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";
import type { PageProps } from "../pages.ts";
import { BreakerTable } from "./breakers.tsx";
import { StandingTag, healthTerms } from "./standing.tsx";
import { WorkerActions } from "./worker-actions.tsx";

const every_ms = 3000;

/** One worker: how it is, what it runs, what it has run. */
export default function WorkerPage({ params: { worker = "" } }: PageProps) {
  const [query] = useQuery();
  const before = query.get("before") ?? undefined;
  const path = withQuery(`workers/${encodeURIComponent(worker)}`, { before, limit: 50 });
  const { data, error, isLoading, reload } = useGet<WorkerDetail>(path, every_ms);
  return (
    <Page title={data?.worker.name ?? "Worker"} actions={data !== undefined && <WorkerActions detail={data} onDone={reload} />}>
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? isLoading && <Loading what="the worker" /> : <Detail detail={data} />}
    </Page>
  );
}

function Detail({ detail }: { readonly detail: WorkerDetail }) {
  const { worker, breakers, now, history, incidents, next } = detail;
  return (
    <>
      <Facts of={factsOf(detail)} />
      {worker.health !== undefined && (
        <Panel title="Health" note={`${worker.health.score} of 100; each of these may cost some of it`}>
          <Facts
            of={healthTerms(worker.health).map(({ words, cost, most }) => [
              words,
              `${cost === 0 ? "nothing" : `−${Math.round(cost)}`} of ${most}`,
            ])}
          />
          {(worker.forecasts ?? []).map(({ advice }) => (
            <p key={advice}>{advice}</p>
          ))}
        </Panel>
      )}
      {breakers.length > 0 && (
        <Panel title="Circuit breakers">
          <BreakerTable breakers={breakers} />
        </Panel>
      )}
      <Panel title="Runs now" note="the longest first; of one slot the first runs, and the others wait">
        {now.length === 0 ? (
          <Empty title="It runs nothing" />
        ) : (
          <Table caption="Attempts under way" columns={nowColumns} rows={now} keyOf={keyOf} />
        )}
      </Panel>
      {incidents.length > 0 && (
        <Panel title="What happened to it" note="newest first">
          <ul class="plain">
            {incidents.map(({ at_ms, ...incident }, place) => (
              <li key={place}>
                <Instant at_ms={at_ms} /> {incidentText(incident)}
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel title="Has run" note="newest first">
        {history.length === 0 ? (
          <Empty title="Nothing yet" />
        ) : (
          <Table caption="Attempts that it made" columns={historyColumns} rows={history} keyOf={keyOf} />
        )}
        <Cursor next={next} what="what it has run" />
      </Panel>
    </>
  );
}

function factsOf({ worker, hardware_class }: WorkerDetail) {
  const { capabilities, slots, slots_used = 0, version, reason, registered_at_ms, gone_at_ms } = worker;
  const { os, arch, cpu, memory_mib, tags, details } = capabilities;
  return [
    ["Stands", <StandingTag worker={worker} />],
    ["Slots in use", `${slots_used} of ${slots}`],
    ["Machine", `${os} ${arch}, ${cpu} CPUs, ${(memory_mib / 1024).toFixed(1)} GiB`],
    ["Hardware class", hardware_class],
    ["Can", tags.length === 0 ? "nothing special" : tags.join(", ")],
    ...Object.entries(details).map(([name, value]) => [name, value] as const),
    ["Version", version],
    ...(registered_at_ms === undefined ? [] : ([["Since", <Instant at_ms={registered_at_ms} />]] as const)),
    ...(gone_at_ms === undefined ? [] : ([["Went", <Instant at_ms={gone_at_ms} />]] as const)),
    ...(reason === undefined ? [] : ([["Because", reason]] as const)),
  ] as const;
}

const keyOf = ({ run, task, attempt }: WorkerAttempt) => `${run}.${task}.${attempt}`;

const fileColumn: Column<WorkerAttempt> = {
  title: "File",
  cell: ({ project, key, file }) => <Link to={withQuery("/test", { project, key })}>{file}</Link>,
};
const runColumn: Column<WorkerAttempt> = { title: "Run", cell: ({ run, run_key }) => <Link to={`/runs/${run}`}>{run_key}</Link> };

const nowColumns: readonly Column<WorkerAttempt>[] = [
  fileColumn,
  runColumn,
  { title: "Attempt", isNumber: true, cell: ({ attempt }) => attempt },
  { title: "Handed out", cell: ({ leased_at_ms }) => <Instant at_ms={leased_at_ms} ago /> },
];

const historyColumns: readonly Column<WorkerAttempt>[] = [
  fileColumn,
  { title: "Result", cell: ({ status }) => <Badge status={status} /> },
  runColumn,
  { title: "Took", isNumber: true, cell: ({ duration_ms }) => <Duration ms={duration_ms} /> },
  { title: "Ended", cell: ({ ended_at_ms = 0 }) => <Instant at_ms={ended_at_ms} ago /> },
  { title: "Why", isMinor: true, cell: ({ message = "" }) => message },
];

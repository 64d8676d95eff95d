import type { WorkerInfo } from "@shardwright/core";
import { Empty, Loading } from "../../components/empty.tsx";
import { ChoiceField } from "../../components/field.tsx";
import { Page, Panel } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { useGet } from "../../data/use-get.ts";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";
import { BreakerTable, type BreakerInfo } from "./breakers.tsx";
import { StandingTag, healthWords } from "./standing.tsx";

const every_ms = 3000;

/** The fleet: who is there, how well they are, and what keeps them from work. */
export default function WorkersPage() {
  const [query, change] = useQuery();
  const shown = query.get("show") ?? "there";
  const workers = useGet<{ workers: WorkerInfo[] }>("workers", every_ms);
  const breakers = useGet<{ breakers: BreakerInfo[] }>("breakers", every_ms);
  const listed = workers.data?.workers.filter((worker) => shown === "all" || isThere(worker));
  return (
    <Page title="Workers">
      <div class="filters">
        <ChoiceField
          label="Show"
          value={shown}
          onChange={(show) => change({ show: show === "there" ? undefined : show })}
          choices={[
            ["there", "those that are there"],
            ["all", "all, those that went as well"],
          ]}
        />
      </div>
      {workers.error !== undefined && <Trouble error={workers.error} retry={workers.reload} />}
      {listed === undefined ? workers.isLoading && <Loading what="the workers" /> : <Workers workers={listed} />}
      {breakers.data !== undefined && breakers.data.breakers.length > 0 && (
        <Panel title="Circuit breakers" note="that are not closed, or have something against what they guard">
          <BreakerTable breakers={breakers.data.breakers} />
        </Panel>
      )}
    </Page>
  );
}

function Workers({ workers }: { readonly workers: readonly WorkerInfo[] }) {
  if (workers.length === 0)
    return (
      <Empty title="No worker is there">
        <p>Start one on a machine that can reach this coordinator, with a token of the scope worker:</p>
        <pre tabIndex={0}>shardwright worker --coordinator {location.origin}</pre>
      </Empty>
    );
  return <Table caption="Workers" columns={columns} rows={workers} keyOf={({ id }) => id} />;
}

const columns: readonly Column<WorkerInfo>[] = [
  { title: "Worker", cell: ({ id, name }) => <Link to={`/workers/${id}`}>{name}</Link> },
  { title: "Stands", cell: (worker) => <StandingTag worker={worker} /> },
  { title: "Health", isNumber: true, cell: ({ health }) => health?.score ?? "–" },
  { title: "What that costs", isMinor: true, cell: ({ health }) => healthWords(health) },
  { title: "Slots in use", isNumber: true, cell: ({ slots, slots_used = 0 }) => `${slots_used} of ${slots}` },
  {
    title: "Machine",
    isMinor: true,
    cell: ({ capabilities: { os, arch, cpu, memory_mib } }) =>
      `${os} ${arch}, ${cpu} CPUs, ${(memory_mib / 1024).toFixed(1)} GiB`,
  },
  {
    title: "Since",
    isMinor: true,
    cell: ({ registered_at_ms }) => (registered_at_ms === undefined ? "–" : <Instant at_ms={registered_at_ms} ago />),
  },
  { title: "Foretold", isMinor: true, cell: ({ forecasts = [] }) => forecasts.map(({ advice }) => advice).join(" ") },
];

function isThere({ status }: WorkerInfo): boolean {
  return status === "live" || status === "draining";
}

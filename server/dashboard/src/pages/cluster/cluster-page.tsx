import { type ClusterStatus, formatBytes, formatDuration } from "@shardwright/core";
import { useState } from "preact/hooks";
import { Tag } from "../../components/badge.tsx";
import { Confirm } from "../../components/confirm.tsx";
import { Empty, Loading } from "../../components/empty.tsx";
import { Facts, Page, Panel } from "../../components/page.tsx";
import { say } from "../../components/say.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { post } from "../../data/api.ts";
import { useMay } from "../../data/session.ts";
import { useAction } from "../../data/use-action.ts";
import { useGet } from "../../data/use-get.ts";

const every_ms = 2000;
type Member = ClusterStatus["members"][number];

/** The coordinators: who leads, how far each is, and what it has on its disk. */
export default function ClusterPage() {
  const { data, error, isLoading, reload } = useGet<ClusterStatus>("cluster", every_ms);
  return (
    <Page title="Cluster" actions={data !== undefined && <Transfer status={data} onDone={reload} />}>
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? isLoading && <Loading what="the cluster" /> : <Cluster status={data} />}
    </Page>
  );
}

function Cluster({ status }: { readonly status: ClusterStatus }) {
  const { members, disk, recent_elections = [], repairs = [] } = status;
  return (
    <>
      {status.without_leader_ms !== undefined && (
        <div class="trouble" role="alert">
          <p>
            <strong>Nobody leads since {formatDuration(status.without_leader_ms)}.</strong>
          </p>
          <p>More than half of the voters have to reach each other. Look at the coordinators that are not heard below.</p>
        </div>
      )}
      <Facts of={factsOf(status)} />
      <Panel title="Members" note={toleranceWords(status)}>
        <Table caption="All members" columns={memberColumns(status)} rows={members} keyOf={({ id }) => id} />
      </Panel>
      {disk !== undefined && (
        <Panel title="Disk" note="of the coordinator that answers">
          <Facts
            of={[
              ["Free", `${formatBytes(disk.free_bytes)} of ${formatBytes(disk.size_bytes)}`],
              ["Ledger", formatBytes(disk.ledger_bytes)],
              ["Tables", formatBytes(disk.tables_bytes)],
              ["Copies", formatBytes(disk.snapshots_bytes)],
              ["Logs and artifacts", formatBytes(disk.blobs_bytes)],
            ]}
          />
        </Panel>
      )}
      <Panel title="Last elections" note={`${status.elections} since this coordinator was started`}>
        {recent_elections.length === 0 ? (
          <Empty title="None was seen" />
        ) : (
          <Table
            caption="Elections, the last first"
            columns={electionColumns}
            rows={recent_elections.toReversed()}
            keyOf={({ term, at, outcome }) => `${term} ${at} ${outcome}`}
          />
        )}
      </Panel>
      {repairs.length > 0 && (
        <Panel title="Repairs" note="of the ledger, since it was opened">
          <ul class="plain">
            {repairs.map(({ at, what }, place) => (
              <li key={place}>
                <Instant at_ms={Date.parse(at)} /> {what}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

function factsOf({ cluster, id, role, term, leader, last, commit, applied, version, facts }: ClusterStatus) {
  return [
    ["Cluster", cluster],
    ["Leader", leader?.id ?? "nobody"],
    ["Term", String(term)],
    ["This one", `${id} (${role})`],
    ["Last entry", String(last)],
    ["Committed", String(commit)],
    ["Applied", String(applied)],
    ["Version", `${version}, facts ${facts}`],
  ] as const;
}

function toleranceWords({ tolerates, members }: ClusterStatus): string {
  if (members.length === 1) return "one alone: it survives its own crash, not the loss of its disk";
  return tolerates === 0 ? "no further one may be lost" : `${tolerates} more may be lost`;
}

function memberColumns({ id: own, leader, last, role }: ClusterStatus): readonly Column<Member>[] {
  return [
    { title: "Member", cell: ({ id }) => (id === own ? `${id} (this one)` : id) },
    {
      title: "Is",
      cell: (member) => (
        <Tag tone={member.id === leader?.id ? "passed" : "skipped"}>{member.id === leader?.id ? "leader" : member.role}</Tag>
      ),
    },
    {
      title: "Entries behind",
      isNumber: true,
      cell: ({ id, match }) => (role !== "leader" || id === own || match === undefined ? "–" : Math.max(0, last - match)),
    },
    {
      title: "Last heard",
      cell: ({ id, last_contact_ms }) =>
        id === own ? "itself" : last_contact_ms === undefined ? "not by this one" : `${formatDuration(last_contact_ms)} ago`,
    },
    { title: "Health", isNumber: true, cell: ({ health }) => health?.score ?? "–" },
    {
      title: "Free disk",
      isNumber: true,
      isMinor: true,
      cell: ({ disk }) => (disk === undefined ? "–" : formatBytes(disk.free_bytes)),
    },
    { title: "Version", isMinor: true, cell: ({ version = "–" }) => version },
    { title: "Address", isMinor: true, cell: ({ address }) => address },
  ];
}

const reasons = {
  start: "it had only started",
  "process-gone": "the leader's process was gone",
  silence: "the leader was silent",
  handover: "leadership was handed over",
  "no-quorum": "the leader had lost its majority",
} as const;

const electionColumns: readonly Column<NonNullable<ClusterStatus["recent_elections"]>[number]>[] = [
  { title: "When", cell: ({ at }) => <Instant at_ms={Date.parse(at)} /> },
  { title: "Term", isNumber: true, cell: ({ term }) => term },
  { title: "Leader", cell: ({ leader = "–" }) => leader },
  { title: "Here", cell: ({ outcome }) => outcome },
  { title: "Without a leader", isNumber: true, cell: ({ without_leader_ms }) => formatDuration(without_leader_ms) },
  { title: "Why", isMinor: true, cell: ({ reason }) => reasons[reason] },
];

function Transfer({ status, onDone }: { readonly status: ClusterStatus; readonly onDone: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const others = status.members.filter(({ id, role }) => role === "voter" && id !== status.leader?.id);
  const [to, setTo] = useState("");
  const { run, isRunning, error } = useAction(() => post("cluster/transfer", to === "" ? {} : { to }));
  if (!useMay("admin") || others.length === 0) return null;
  const confirm = async () => {
    if (!(await run())) return;
    say("Leadership is handed over");
    setOpen(false);
    onDone();
  };
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Hand leadership over
      </button>
      {isOpen && (
        <Confirm
          title="Hand leadership over?"
          action="Hand over"
          isRunning={isRunning}
          error={error}
          onConfirm={() => void confirm()}
          onClose={() => setOpen(false)}
        >
          <p>Runs go on; for some milliseconds nothing is dealt.</p>
          <div class="form-field">
            <label for="transfer-to">To</label>
            <select id="transfer-to" value={to} onChange={(event) => setTo(event.currentTarget.value)}>
              <option value="">whoever is furthest</option>
              {others.map(({ id }) => (
                <option key={id} value={id}>
                  {id}
                </option>
              ))}
            </select>
          </div>
        </Confirm>
      )}
    </>
  );
}

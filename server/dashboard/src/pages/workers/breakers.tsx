import type { BreakerList } from "@shardwright/core";
import { Tag } from "../../components/badge.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Instant } from "../../components/time.tsx";

export type BreakerInfo = BreakerList["breakers"][number];

const scopes = { worker: "worker", class: "hardware", runner: "runner" } as const;
const phases = { closed: ["passed", "closed"], open: ["failed", "open"], "half-open": ["flaky", "on probation"] } as const;

export function BreakerTable({ breakers }: { readonly breakers: readonly BreakerInfo[] }) {
  return (
    <Table
      caption="States of circuit breakers"
      columns={columns}
      rows={breakers}
      keyOf={({ scope, name }) => `${scope} ${name}`}
    />
  );
}

const columns: readonly Column<BreakerInfo>[] = [
  { title: "Guards", cell: ({ scope, name }) => `${scopes[scope]} ${name}` },
  { title: "Is", cell: ({ phase }) => <Tag tone={phases[phase][0]}>{phases[phase][1]}</Tag> },
  { title: "Until", cell: ({ phase, since_ms }) => (phase === "open" ? <Instant at_ms={since_ms} /> : "–") },
  { title: "Opened in a row", isNumber: true, cell: ({ opens }) => opens },
  { title: "Because of", isMinor: true, cell: ({ evidence }) => evidence.slice(0, 5).join(", ") },
];

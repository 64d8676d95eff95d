import { type AuditEntry, type AuditList, actionNames } from "@shardwright/core";
import { Tag } from "../../components/badge.tsx";
import { Cursor } from "../../components/cursor.tsx";
import { Empty, Loading } from "../../components/empty.tsx";
import { ChoiceField, TextField } from "../../components/field.tsx";
import { Panel } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useGet } from "../../data/use-get.ts";
import { useQuery } from "../../router/location.ts";

const every_ms = 10_000;

/** Who did what. */
export function Audit() {
  const [query, change] = useQuery();
  const chosen = (name: string) => query.get(name) ?? undefined;
  const asked = { action: chosen("action"), actor: chosen("actor"), before: chosen("before"), limit: 50 };
  const { data, error, isLoading, reload } = useGet<AuditList>(withQuery("audit", asked), every_ms);
  return (
    <Panel title="Audit log" note="who did what; written down before it is done">
      <div class="filters">
        <ChoiceField
          label="Action"
          value={asked.action ?? ""}
          onChange={(action) => change({ action, before: undefined })}
          choices={[["", "all"], ...actionNames.map((name) => [name, name] as const)]}
        />
        <TextField label="By" value={asked.actor ?? ""} onChange={(actor) => change({ actor, before: undefined })} />
      </div>
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? isLoading && <Loading what="the audit log" /> : <Entries list={data} />}
    </Panel>
  );
}

function Entries({ list: { entries, next } }: { readonly list: AuditList }) {
  if (entries.length === 0)
    return (
      <Empty title="Nobody did anything of that kind">
        <p>
          Here is what people decide: tokens, settings, quarantine, runs that are cancelled, workers and members; and who signs
          in.
        </p>
      </Empty>
    );
  return (
    <>
      <Table caption="Entries of the audit log" columns={columns} rows={entries} keyOf={({ id }) => id} />
      <Cursor next={next} what="the audit log" />
    </>
  );
}

const outcomes = { done: ["passed", "done"], refused: ["failed", "refused"], begun: ["incomplete", "end not known"] } as const;

const columns: readonly Column<AuditEntry>[] = [
  { title: "When", cell: ({ at_ms }) => <Instant at_ms={at_ms} /> },
  { title: "Action", cell: ({ name }) => <code>{name}</code> },
  { title: "By", cell: ({ actor }) => <span title={actor.token}>{actor.name}</span> },
  { title: "What", cell: ({ object }) => object },
  {
    title: "Outcome",
    cell: ({ outcome, code }) => (
      <span title={code}>
        <Tag tone={outcomes[outcome][0]}>{outcomes[outcome][1]}</Tag>
      </span>
    ),
  },
];

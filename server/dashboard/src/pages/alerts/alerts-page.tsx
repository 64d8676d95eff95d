import type { TrendAlert, TrendAlertList } from "@shardwright/core";
import { Tag } from "../../components/badge.tsx";
import { Cursor } from "../../components/cursor.tsx";
import { Empty, Loading } from "../../components/empty.tsx";
import { ChoiceField, TextField } from "../../components/field.tsx";
import { Page } from "../../components/page.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useSession } from "../../data/session.ts";
import { useGet } from "../../data/use-get.ts";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";
import { JudgementTag } from "../trends/judgement.tsx";
import { alertRange, alertTitle, worstFirst, worstWords } from "./alert-words.ts";
import { StateTag } from "./state-tag.tsx";

const perPage = 100;
const every_ms = 15_000;
const states = [
  ["watched", "open or acknowledged"],
  ["open", "open"],
  ["acknowledged", "acknowledged"],
  ["invalid", "said to be none"],
  ["fixed", "fixed"],
  ["any", "any"],
] as const;
const judgements = [
  ["", "worse or better"],
  ["regression", "got worse"],
  ["improvement", "got better"],
] as const;

/** Changes of what tests take and measure that somebody is to know of, the worst of a page first. */
export default function AlertsPage() {
  const [query, change] = useQuery();
  const project = query.get("project") ?? useSession().project ?? "default";
  const state = query.get("state") ?? "watched";
  const judgement = query.get("judgement") ?? "";
  const commit = query.get("commit") ?? "";
  const before = query.get("before") ?? undefined;
  const list = useGet<TrendAlertList>(
    withQuery("trends/alerts", {
      project,
      state: state === "any" ? undefined : state,
      judgement,
      commit,
      before,
      limit: perPage,
    }),
    before === undefined ? every_ms : undefined,
  );
  const choose = (name: string) => (value: string) => change({ [name]: value, before: undefined });
  return (
    <Page title="Alerts">
      <div class="filters" role="search" aria-label="Filter alerts">
        <TextField label="Project" value={project} onChange={choose("project")} />
        <ChoiceField label="State" value={state} onChange={choose("state")} choices={states} />
        <ChoiceField label="What" value={judgement} onChange={choose("judgement")} choices={judgements} />
        <TextField label="Commit" value={commit} onChange={choose("commit")} placeholder="a whole one" />
      </div>
      {list.error !== undefined && <Trouble error={list.error} retry={list.reload} />}
      {list.data === undefined ? (
        list.isLoading && <Loading what="the alerts" />
      ) : (
        <>
          <AlertTable list={list.data} isAll={state === "any" && judgement === "" && commit === ""} />
          <Cursor next={list.data.next} what="alerts" />
        </>
      )}
    </Page>
  );
}

function AlertTable({ list: { project, alerts }, isAll }: { readonly list: TrendAlertList; readonly isAll: boolean }) {
  if (alerts.length === 0) return <NoAlerts project={project} isAll={isAll} />;
  const columns: readonly Column<TrendAlert>[] = [
    {
      title: "Alert",
      cell: (alert) => <Link to={withQuery(`/alerts/${alert.id}`, { project })}>{alertTitle(alert)}</Link>,
    },
    { title: "State", cell: ({ state }) => <StateTag state={state} /> },
    {
      title: "What",
      isMinor: true,
      cell: ({ judgement, infrastructure }) => (
        <>
          <JudgementTag of={judgement} /> {infrastructure && <Tag>likely the machines</Tag>}
        </>
      ),
    },
    { title: "The worst", cell: worstWords },
    { title: "Commits", isMinor: true, cell: alertRange },
    { title: "Branch", isMinor: true, cell: ({ branch }) => branch },
    { title: "Opened", cell: ({ opened_at_ms }) => <Instant at_ms={opened_at_ms} ago /> },
  ];
  return <Table caption="Alerts" columns={columns} rows={alerts.toSorted(worstFirst)} keyOf={({ id }) => id} />;
}

function NoAlerts({ project, isAll }: { readonly project: string; readonly isAll: boolean }) {
  return (
    <Empty title={isAll ? `No alert of ${project} yet` : "No alert is like that"}>
      <p>
        An alert opens when the level of a series changes on a branch that is watched (<code>main</code> or <code>master</code>,
        else what <code>trends-branches</code> says), with seven points on either side. To look at all that has come now:
      </p>
      <pre tabIndex={0}>shardwright trends check --coordinator {location.origin}</pre>
      {!isAll && (
        <p>
          See <Link to={withQuery("/alerts", { project, state: "any" })}>all alerts</Link>.
        </p>
      )}
    </Empty>
  );
}

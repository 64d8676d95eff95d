import { type RunSummary, formatCount } from "@shardwright/core";
import { useMemo } from "preact/hooks";
import { Badge, type Status } from "../../components/badge.tsx";
import { Empty } from "../../components/empty.tsx";
import { ChoiceField, TextField } from "../../components/field.tsx";
import { Panel } from "../../components/page.tsx";
import { Pager } from "../../components/pager.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Duration } from "../../components/time.tsx";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";
import type { RunModel } from "./run-model.ts";

const pageSize = 50;

const choices = [
  ["", "any"],
  ["failed", "failed"],
  ["errored", "errored"],
  ["again", "ran more than once"],
  ["running", "running"],
  ["pending", "pending"],
  ["passed", "passed"],
  ["skipped", "skipped"],
  ["cancelled", "cancelled"],
  ["incomplete", "incomplete"],
] as const;

interface TasksProps {
  readonly run: RunSummary;
  readonly model: RunModel;
  readonly version: number;
}

/** Every task of the run, to be searched. */
export function Tasks({ run, model, version }: TasksProps) {
  const [query, change] = useQuery();
  const search = query.get("task") ?? "";
  const status = query.get("status") ?? "";
  const page = Math.max(0, Math.trunc(Number(query.get("page") ?? 0)) || 0);
  const found = useMemo(() => findTasks(model, search, status), [model, version, search, status]);
  const shown = found.slice(page * pageSize, (page + 1) * pageSize);
  return (
    <Panel title="Tasks" note={formatCount(model.statuses.length)}>
      <div class="filters">
        <TextField label="File" value={search} onChange={(value) => change({ task: value, page: undefined })} />
        <ChoiceField
          label="Status"
          value={status}
          choices={choices}
          onChange={(value) => change({ status: value, page: undefined })}
        />
      </div>
      {shown.length === 0 ? (
        <Empty title="No task is like that.">
          <p>Take a filter away.</p>
        </Empty>
      ) : (
        <Table caption="Tasks" columns={columnsOf(run, model)} rows={shown} keyOf={(task) => task} />
      )}
      <Pager
        what="tasks"
        page={page}
        size={pageSize}
        total={found.length}
        onPage={(next) => change({ page: next === 0 ? undefined : String(next) })}
      />
    </Panel>
  );
}

/** What needs eyes comes first. */
const order: Readonly<Record<string, number>> = { errored: 0, failed: 1, incomplete: 2, leased: 3, cancelled: 4, pending: 5 };

function findTasks(model: RunModel, search: string, status: string): number[] {
  const wanted = search.toLowerCase();
  const found: number[] = [];
  for (const [task, own] of model.statuses.entries()) {
    if (status === "again" ? model.attemptsOf(task).length < 2 : status !== "" && shownStatus(own) !== status) continue;
    if (wanted !== "" && !(model.files[task] ?? "").toLowerCase().includes(wanted)) continue;
    found.push(task);
  }
  const rank = (task: number): number => order[model.statuses[task] ?? ""] ?? 9;
  return found.sort((a, b) => rank(a) - rank(b) || a - b);
}

function shownStatus(status: RunModel["statuses"][number]): Status {
  return status === "leased" ? "running" : status;
}

function columnsOf(run: RunSummary, model: RunModel): Column<number>[] {
  return [
    { title: "Task", cell: (task) => <Link to={`/runs/${run.id}/tasks/${task}`}>{model.nameOf(task)}</Link> },
    { title: "Status", cell: (task) => <Badge status={shownStatus(model.statuses[task] ?? "pending")} /> },
    {
      title: "Worker",
      isMinor: true,
      cell: (task) => model.workers[model.attemptsOf(task).at(-1)?.worker ?? -1] ?? "–",
    },
    { title: "Attempts", isNumber: true, cell: (task) => model.attemptsOf(task).length },
    { title: "Took", isNumber: true, cell: (task) => <Duration ms={tookOf(model, task)} /> },
  ];
}

function tookOf(model: RunModel, task: number): number | undefined {
  const last = model.attemptsOf(task).at(-1);
  return last?.end_ms === undefined ? undefined : last.end_ms - last.start_ms;
}

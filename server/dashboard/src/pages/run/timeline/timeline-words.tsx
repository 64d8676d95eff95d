import { type RunSummary, formatDuration, plural } from "@shardwright/core";
import { useState } from "preact/hooks";
import { Badge } from "../../../components/badge.tsx";
import { Pager } from "../../../components/pager.tsx";
import { type Column, Table } from "../../../components/table.tsx";
import { Duration } from "../../../components/time.tsx";
import { Link } from "../../../router/link.tsx";
import type { ModelAttempt, RunModel } from "../run-model.ts";
import { markWords } from "./marks.ts";

const pageSize = 50;

/** What the picture shows, in words: what happened to the machinery, and every attempt. */
export function TimelineWords({ run, model }: { readonly run: RunSummary; readonly model: RunModel }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="words" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>In words</summary>
      {isOpen && (
        <>
          <Marks model={model} />
          <Attempts run={run} model={model} />
        </>
      )}
    </details>
  );
}

function Marks({ model }: { readonly model: RunModel }) {
  const [page, setPage] = useState(0);
  if (model.marks.length === 0)
    return <p class="help">Nothing happened to workers or coordinators, and nothing had to be recovered.</p>;
  return (
    <>
      <h3>{plural(model.marks.length, "event")}</h3>
      <ol class="marks">
        {model.marks.slice(page * pageSize, (page + 1) * pageSize).map(({ at_ms, kind, text }, index) => (
          <li key={index}>
            <span class="duration">{formatDuration(at_ms)}</span> <b>{markWords[kind]}</b> {text}
          </li>
        ))}
      </ol>
      <Pager what="events" page={page} size={pageSize} total={model.marks.length} onPage={setPage} />
    </>
  );
}

function Attempts({ run, model }: { readonly run: RunSummary; readonly model: RunModel }) {
  const [page, setPage] = useState(0);
  const attempts = [...model.attempts].sort((a, b) => a.start_ms - b.start_ms);
  const columns: readonly Column<ModelAttempt>[] = [
    {
      title: "Task",
      cell: ({ task, attempt }) => <Link to={`/runs/${run.id}/tasks/${task}?attempt=${attempt}`}>{model.nameOf(task)}</Link>,
    },
    { title: "Attempt", isNumber: true, cell: ({ attempt, cause }) => `${attempt}${cause === "first" ? "" : ` (${cause})`}` },
    { title: "Worker", cell: ({ worker }) => model.workers[worker] ?? "" },
    { title: "From", isNumber: true, cell: ({ start_ms }) => <Duration ms={start_ms} /> },
    {
      title: "Took",
      isNumber: true,
      cell: ({ start_ms, end_ms }) => <Duration ms={end_ms === undefined ? undefined : end_ms - start_ms} />,
    },
    { title: "Outcome", cell: ({ outcome }) => <Badge status={outcome} /> },
  ];
  return (
    <>
      <h3>{plural(attempts.length, "attempt")}</h3>
      <Table
        caption="Attempts"
        columns={columns}
        rows={attempts.slice(page * pageSize, (page + 1) * pageSize)}
        keyOf={({ task, attempt }) => `${task}/${attempt}`}
      />
      <Pager what="attempts" page={page} size={pageSize} total={attempts.length} onPage={setPage} />
    </>
  );
}

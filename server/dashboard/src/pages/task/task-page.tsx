import { type AttemptDetail, type RunSummary, type TaskDetail, plural } from "@shardwright/core";
import { Badge } from "../../components/badge.tsx";
import { Loading } from "../../components/empty.tsx";
import { Facts, Page, Panel } from "../../components/page.tsx";
import { Duration } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useGet } from "../../data/use-get.ts";
import { Link } from "../../router/link.tsx";
import { useQuery } from "../../router/location.ts";
import type { PageProps } from "../pages.ts";
import "../run/run.css";
import { Artifacts } from "./artifacts.tsx";
import { Cases, casesOnPage } from "./cases.tsx";
import { LiveOutput } from "./live-output.tsx";
import { StoredLog } from "./stored-log.tsx";
import "./task.css";

const every_ms = 3000;

/** One task of a run: what became of each attempt, its tests, what it printed and what it left behind. */
export default function TaskPage({ params }: PageProps) {
  const [query] = useQuery();
  const run = params["run"] ?? "";
  const task = params["task"] ?? "";
  const path = `runs/${encodeURIComponent(run)}`;
  const wanted = {
    attempt: query.get("attempt") ?? undefined,
    only: query.get("only") === "failed" ? "failed" : undefined,
    after: query.get("after") ?? undefined,
    limit: casesOnPage,
  };
  const summary = useGet<RunSummary>(path);
  const isOpen = summary.data?.status === "running";
  const { data, error, reload } = useGet<TaskDetail>(
    withQuery(`${path}/tasks/${encodeURIComponent(task)}`, wanted),
    isOpen ? every_ms : undefined,
  );
  return (
    <Page
      title={data?.file ?? `Task ${task}`}
      heading={
        data && (
          <>
            {data.file}
            {data.part !== undefined && ` (part ${data.part.index + 1} of ${data.part.count})`}{" "}
            <Badge status={data.status === "leased" ? "running" : data.status} />
          </>
        )
      }
    >
      <p class="crumb">
        in the run <Link to={`/runs/${run}`}>{summary.data?.run_key ?? run}</Link>
      </p>
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? error === undefined && <Loading what="the task" /> : <Task run={run} task={data} />}
    </Page>
  );
}

function Task({ run, task }: { readonly run: string; readonly task: TaskDetail }) {
  const shown = task.attempts.find(({ attempt }) => attempt === task.of);
  return (
    <>
      <Panel title="Summary">
        {task.reason !== undefined && <p class="reason">{task.reason}</p>}
        <Facts
          of={[
            ["Suite", task.suite],
            ...(task.browser === undefined ? [] : ([["Browser", task.browser]] as const)),
            ...(task.args.length === 0 ? [] : ([["Arguments", <code>{task.args.join(" ")}</code>]] as const)),
            ...(task.estimate_ms === undefined ? [] : ([["Expected", <Duration ms={task.estimate_ms} />]] as const)),
            ["Attempts", String(task.attempts.length)],
          ]}
        />
        <AttemptList run={run} task={task} />
      </Panel>
      {shown !== undefined && <Attempt run={run} task={task} attempt={shown} />}
    </>
  );
}

/** To choose from; what was decided after each stands beside it. */
function AttemptList({ run, task }: { readonly run: string; readonly task: TaskDetail }) {
  if (task.attempts.length === 0) return <p class="help">It has not run yet.</p>;
  return (
    <ol class="attempts">
      {task.attempts.map(({ attempt, worker, status, duplicate, resumes, duration_ms, failure, decided }) => (
        <li key={attempt}>
          <Link to={`/runs/${run}/tasks/${task.task}?attempt=${attempt}`} aria-current={attempt === task.of ? "page" : undefined}>
            Attempt {attempt}
          </Link>{" "}
          <Badge status={status} /> on {worker.name}
          {duration_ms > 0 && (
            <>
              , <Duration ms={duration_ms} />
            </>
          )}
          {duplicate && ", begun while another was under way"}
          {resumes !== undefined && `, went on where attempt ${resumes} had stopped`}
          {failure !== undefined && <p class="attempt-failure">{failure.message}</p>}
          {decided !== undefined && <p class="help">Then: {decided}</p>}
        </li>
      ))}
    </ol>
  );
}

function Attempt({ run, task, attempt }: { readonly run: string; readonly task: TaskDetail; readonly attempt: AttemptDetail }) {
  return (
    <>
      <Panel
        title={`Tests of attempt ${attempt.attempt}`}
        note={`${plural(attempt.cases, "test")}${attempt.failed === 0 ? "" : `, ${attempt.failed} failed`}`}
      >
        <Cases task={task} attempt={attempt} />
      </Panel>
      {attempt.artifacts.length > 0 && (
        <Panel title="Artifacts" note={plural(attempt.artifacts.length, "file")}>
          <Artifacts artifacts={attempt.artifacts} />
        </Panel>
      )}
      <Panel title="Log">
        {attempt.log !== undefined ? (
          <StoredLog key={attempt.log.sha256} log={attempt.log} name={`${task.file}-${attempt.attempt}.log`} />
        ) : attempt.status === "running" ? (
          <LiveOutput run={run} task={task.task} attempt={attempt.attempt} />
        ) : (
          <p class="help">It printed nothing, or its log is not kept any more.</p>
        )}
      </Panel>
    </>
  );
}

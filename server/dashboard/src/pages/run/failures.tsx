import { type RunFailures, type RunSummary, type ShownCause, type ShownFault, formatCount, plural } from "@shardwright/core";
import { Panel } from "../../components/page.tsx";
import { Link } from "../../router/link.tsx";
import { Command } from "./command.tsx";
import { Evidence } from "./evidence.tsx";

/** Causes that are open from the beginning. */
const openCauses = 5;
const namesShown = 8;

/** What failed, by cause: what happened, to whom, since when, and how to see it again. */
export function Failures({ run, failures }: { readonly run: RunSummary; readonly failures: RunFailures }) {
  const { shown, causes, at_once, recovered } = failures;
  if (causes === 0 && at_once.length === 0 && recovered.length === 0) return null;
  const hidden = causes - shown.length;
  return (
    <Panel
      title="Failures"
      note={causes === 0 ? "none that count" : `${plural(failures.failures, "failure")}, ${plural(causes, "cause")}`}
    >
      {at_once.map((sentence) => (
        <p class="at-once" key={sentence}>
          <b>At once</b> {sentence}.
        </p>
      ))}
      {shown.map((cause, place) => (
        <Cause key={cause.fingerprint} run={run} cause={cause} isOpen={place < openCauses} />
      ))}
      {hidden > 0 && <p class="help">… and {plural(hidden, "more cause")}: the HTML report has all of them.</p>}
      {recovered.length > 0 && (
        <>
          <h3>Failed, and passed when run again</h3>
          <ul class="recovered">
            {recovered.map(({ title, tasks, known }) => (
              <li key={title}>
                <b>{title}</b> <span class="help">{plural(tasks, "task")}</span>
                {known.map((words) => (
                  <p key={words}>{words}</p>
                ))}
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function Cause({ run, cause, isOpen }: { readonly run: RunSummary; readonly cause: ShownCause; readonly isOpen: boolean }) {
  const { title, kind, frame, failures, tasks, known, changes, owners, evidence, command, file_command } = cause;
  return (
    <details class="cause" open={isOpen}>
      <summary>
        <span class="cause-count" title={`${plural(failures, "failure")} with this cause`}>
          {formatCount(failures)}×
        </span>
        <span class="cause-title">
          <h3>{title}</h3>
          <span class="cause-about">
            <span class="kind">{kind}</span>
            {frame !== undefined && <code>{frame}</code>}
            <span>in {plural(tasks, "task")}</span>
            {changes.map(({ kind: change, words }) => (
              <span key={words} class={`change change-${change}`}>
                {words}
              </span>
            ))}
            {owners !== undefined && <span>{owners}</span>}
          </span>
          {known.map((words) => (
            <span key={words} class="cause-known">
              {words}
            </span>
          ))}
        </span>
      </summary>
      <div class="cause-body">
        {evidence.includes("\n") && <Evidence text={evidence} />}
        <Names run={run} cause={cause} />
        {command !== undefined && (
          <Command label={failures === 1 ? "To see it again" : "To see the first again"} text={command} />
        )}
        {file_command !== undefined && <Command label="Its whole file, for what fails only after others" text={file_command} />}
      </div>
    </details>
  );
}

function Names({ run, cause }: { readonly run: RunSummary; readonly cause: ShownCause }) {
  const faults = cause.faults.slice(0, namesShown);
  const hidden = cause.failures - faults.length;
  return (
    <ul class="faults">
      {faults.map((fault, index) => (
        <li key={index}>
          <FaultName run={run} fault={fault} />
          {cause.changes.length > 1 && fault.changed !== undefined && <span class="help"> {fault.changed}</span>}
        </li>
      ))}
      {hidden > 0 && <li class="help">… {formatCount(hidden)} more with this cause</li>}
    </ul>
  );
}

function FaultName({ run, fault }: { readonly run: RunSummary; readonly fault: ShownFault }) {
  const { file, line, browser, path, ordinal, task, attempt } = fault;
  const place = `${file}${line === undefined ? "" : `:${line}`}${browser === undefined ? "" : ` · ${browser}`}`;
  const name = path === undefined ? place : `${path.join(" › ")}${ordinal === undefined ? "" : ` (${ordinal + 1})`}`;
  const query = attempt === undefined ? "" : `?attempt=${attempt}${path === undefined ? "" : "&only=failed"}`;
  return (
    <>
      {task === undefined ? <span>{name}</span> : <Link to={`/runs/${run.id}/tasks/${task}${query}`}>{name}</Link>}
      {path !== undefined && (
        <>
          {" "}
          <code>{place}</code>
        </>
      )}
    </>
  );
}

import type { RunSummary } from "@shardwright/core";
import { useState } from "preact/hooks";
import { Confirm } from "../../components/confirm.tsx";
import { say } from "../../components/say.tsx";
import { post } from "../../data/api.ts";
import { useMay } from "../../data/session.ts";
import { useAction } from "../../data/use-action.ts";
import { base } from "../../router/location.ts";

interface RunActionsProps {
  readonly run: RunSummary;
  readonly onDone: () => void;
}

/** What can be done with a run. What who is signed in may not do is not there. */
export function RunActions({ run, onDone }: RunActionsProps) {
  const may = useMay("submit");
  const [asked, setAsked] = useState<"cancel" | "reopen">();
  const isRunning = run.status === "running";
  return (
    <>
      {may && isRunning && (
        <button type="button" class="danger" onClick={() => setAsked("cancel")}>
          Cancel
        </button>
      )}
      {may && isAgainHere(run) && (
        <button type="button" onClick={() => setAsked("reopen")}>
          Re-run failed
        </button>
      )}
      <a class="button" href={`${base}api/v1/runs/${run.id}/report.html`} target="_blank" rel="noreferrer">
        HTML report
      </a>
      {asked === "cancel" && <Cancel run={run} onDone={onDone} onClose={() => setAsked(undefined)} />}
      {asked === "reopen" && <Reopen run={run} onDone={onDone} onClose={() => setAsked(undefined)} />}
    </>
  );
}

/** Whether there is something to run again, and the coordinator has what it takes. */
function isAgainHere({ status, verdict, files_with }: RunSummary): boolean {
  return status !== "running" && verdict !== "passed" && files_with === undefined;
}

interface AskProps extends RunActionsProps {
  readonly onClose: () => void;
}

function Cancel({ run, onDone, onClose }: AskProps) {
  const action = useAction(() => post(`runs/${run.id}/cancel`, { reason: "cancelled in the dashboard" }));
  const left = run.account.incomplete;
  return (
    <Confirm
      title="Cancel this run?"
      action="Cancel the run"
      isDangerous
      isRunning={action.isRunning}
      error={action.error}
      onClose={onClose}
      onConfirm={() =>
        void action.run().then((isDone) => {
          onDone();
          if (!isDone) return;
          say("The run is cancelled");
          onClose();
        })
      }
    >
      <p>
        Workers stop what they run of it, and what has no result yet gets none ({left} of {run.account.discovered} when this page
        was last told). What has passed stays passed, and “Re-run failed” takes the rest up again.
      </p>
    </Confirm>
  );
}

function Reopen({ run, onDone, onClose }: AskProps) {
  const action = useAction(() => post(`runs/${run.id}/reopen`));
  return (
    <Confirm
      title="Run again what has not passed?"
      action="Run again"
      isRunning={action.isRunning}
      error={action.error}
      onClose={onClose}
      onConfirm={() =>
        void action.run().then((isDone) => {
          // Where it is refused, somebody else may have done it: the page shows what they did.
          onDone();
          if (!isDone) return;
          say("What has not passed runs again");
          onClose();
        })
      }
    >
      <p>
        The run is opened again under its key, with the files as they were submitted: a change that was made since is not in it.
        What has passed keeps its result.
      </p>
    </Confirm>
  );
}

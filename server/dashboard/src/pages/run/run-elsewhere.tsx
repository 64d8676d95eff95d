import { type RunSummary, quoteWords } from "@shardwright/core";
import { Panel } from "../../components/page.tsx";
import { useMay } from "../../data/session.ts";
import { base } from "../../router/location.ts";
import { Command } from "./command.tsx";

/** How what has not passed is run again where this coordinator cannot: with the files of who submitted it. */
export function RunElsewhere({ run }: { readonly run: RunSummary }) {
  const may = useMay("submit");
  if (!may || run.status === "running" || run.verdict === "passed" || run.files_with === undefined) return null;
  return (
    <Panel title="Run again what has not passed">
      {run.files_with === "pipeline" ? (
        <p>
          Its workers are the jobs of its pipeline, and each brings its own checkout: run the pipeline's jobs again, and what has
          passed keeps its result.
        </p>
      ) : (
        <>
          <p>
            Its files lie in a folder of the machine that submitted it. There, with what it was run with before, this runs what
            has not passed, as long as the suite is still the same:
          </p>
          <Command label="In that folder" text={commandOf(run)} />
          <p class="help">
            With <code>--workspace git</code> or <code>--workspace bundle</code> a run can be taken up again from here.
          </p>
        </>
      )}
    </Panel>
  );
}

function commandOf({ project, run_key }: RunSummary): string {
  const coordinator = `${location.origin}${base.replace(/\/$/, "")}`;
  const of = project === "default" ? [] : ["--project", project];
  return quoteWords(["shardwright", "run", "--coordinator", coordinator, ...of, "--run-key", run_key]);
}

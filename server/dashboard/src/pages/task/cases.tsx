import { type AttemptDetail, type CaseResult, type TaskDetail, evidenceText, formatDuration } from "@shardwright/core";
import { Badge } from "../../components/badge.tsx";
import { Empty } from "../../components/empty.tsx";
import { ChoiceField } from "../../components/field.tsx";
import { Pager } from "../../components/pager.tsx";
import { useQuery } from "../../router/location.ts";
import { Evidence } from "../run/evidence.tsx";

/** Tests that one page has: a file may have a hundred thousand. */
export const casesOnPage = 100;

interface CasesProps {
  readonly task: TaskDetail;
  readonly attempt: AttemptDetail;
}

/** The tests of one attempt, page by page. */
export function Cases({ task, attempt }: CasesProps) {
  const [query, change] = useQuery();
  const only = query.get("only") === "failed" ? "failed" : "";
  const after = Math.max(0, Math.trunc(Number(query.get("after") ?? 0)) || 0);
  const total = only === "" ? attempt.cases : attempt.failed;
  return (
    <>
      <div class="filters">
        <ChoiceField
          label="Show"
          value={only}
          choices={[
            ["", "all tests"],
            ["failed", "those that failed"],
          ]}
          onChange={(value) => change({ only: value, after: undefined })}
        />
      </div>
      {task.cases.length === 0 ? (
        <Empty title={only === "" ? "No test has told anything yet." : "None failed."} />
      ) : (
        <ul class="cases">
          {task.cases.map((result, index) => (
            <Case key={after + index} result={result} />
          ))}
        </ul>
      )}
      <Pager
        what="tests"
        page={Math.floor(after / casesOnPage)}
        size={casesOnPage}
        total={total}
        onPage={(page) => change({ after: page === 0 ? undefined : String(page * casesOnPage) }, { replace: false })}
      />
    </>
  );
}

function Case({ result }: { readonly result: CaseResult }) {
  const { path, ordinal, status, duration_ms, message, details, output, note, file, line } = result;
  const evidence = evidenceText(message ?? "", details ?? "");
  return (
    <li>
      <div class="case-head">
        <Badge status={status} />
        <span class="case-name">
          {path.join(" › ")}
          {ordinal > 0 && ` (${ordinal + 1})`} {note !== undefined && <span class="help">{note}</span>}
        </span>
        <span class="duration help">{formatDuration(duration_ms)}</span>
      </div>
      {(status === "failed" || status === "errored") && file !== undefined && (
        <code class="help">{line === undefined ? file : `${file}:${line}`}</code>
      )}
      {evidence !== "" && <Evidence text={evidence} />}
      {output !== undefined && (
        <details>
          <summary>What it printed</summary>
          <pre class="log" tabIndex={0} role="group" aria-label="What the test printed">
            {output}
          </pre>
        </details>
      )}
    </li>
  );
}

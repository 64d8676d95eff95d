import { type ComparedTest, type RunFailures, formatDuration, plural } from "@shardwright/core";
import { Panel } from "../../components/page.tsx";
import { Link } from "../../router/link.tsx";

type Shown = NonNullable<RunFailures["comparison"]>;

/** What is different from the base. */
export function Comparison({ comparison }: { readonly comparison: Shown }) {
  const { sentence, remarks, base, changes } = comparison;
  const [newest] = base.runs;
  return (
    <Panel title="Compared with the base">
      <p>
        {sentence}{" "}
        {newest !== undefined && <Link to={`/runs/${newest.id}`}>The {base.runs.length === 1 ? "run" : "newest run"} there</Link>}
      </p>
      {remarks.map((remark) => (
        <p class="help" key={remark}>
          {remark}
        </p>
      ))}
      {changes.map(({ kind, words, count, tests }) => (
        <details key={kind} class="changes">
          <summary>
            <b>{count}</b> {words}
          </summary>
          <ul class="faults">
            {tests.map((test, index) => (
              <li key={index}>
                <Compared test={test} />
              </li>
            ))}
            {count > tests.length && <li class="help">… {plural(count - tests.length, "more")}</li>}
          </ul>
        </details>
      ))}
    </Panel>
  );
}

function Compared({ test }: { readonly test: ComparedTest }) {
  const { path, file, duration_ms, usual_ms } = test;
  const slower =
    duration_ms !== undefined && usual_ms !== undefined
      ? `: ${formatDuration(duration_ms)}, usually ${formatDuration(usual_ms)}`
      : "";
  return (
    <>
      {path === undefined ? file : `${path.join(" › ")} `}
      {path !== undefined && <code>{file}</code>}
      {slower}
    </>
  );
}

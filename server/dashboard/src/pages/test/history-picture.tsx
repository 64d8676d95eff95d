import { type TestAttempt, formatDuration } from "@shardwright/core";
import { useRef } from "preact/hooks";
import { useWidth } from "../../components/use-width.ts";

const height = 180;
const margin = 14;

/** Each attempt as a sign, oldest on the left: a disc passed, a cross did not, a dash has no result. The table below has the same in words. */
export function HistoryPicture({ attempts }: { readonly attempts: readonly TestAttempt[] }) {
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure);
  const oldestFirst = attempts.toReversed();
  const longest_ms = Math.max(1, ...attempts.map(({ duration_ms }) => duration_ms));
  const bad = attempts.filter(({ status }) => status === "failed" || status === "errored").length;
  const x = (place: number) => margin + ((width - 2 * margin) * (place + 0.5)) / Math.max(1, oldestFirst.length);
  const y = (duration_ms: number) => height - margin - ((height - 2 * margin) * duration_ms) / longest_ms;
  return (
    <figure class="history-picture" ref={figure}>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${attempts.length} attempts, ${bad} of which did not pass; the longest took ${formatDuration(longest_ms)}`}
      >
        <line class="axis" x1={margin} x2={width - margin} y1={height - margin} y2={height - margin} />
        {oldestFirst.map((attempt, place) => (
          <Sign
            key={`${attempt.run}.${attempt.task}.${attempt.attempt}.${place}`}
            attempt={attempt}
            x={x(place)}
            y={y(attempt.duration_ms)}
          />
        ))}
      </svg>
      <figcaption class="muted">
        <span class="sign-passed">●</span> passed · <span class="sign-bad">✕</span> failed · <span class="sign-other">–</span>{" "}
        without a result · the highest took {formatDuration(longest_ms)}
      </figcaption>
    </figure>
  );
}

function Sign({ attempt, x, y }: { readonly attempt: TestAttempt; readonly x: number; readonly y: number }) {
  const { status, run_key, duration_ms, hardware_class } = attempt;
  const title = <title>{`${run_key}: ${status} in ${formatDuration(duration_ms)} on ${hardware_class}`}</title>;
  if (status === "passed")
    return (
      <circle class="sign-passed" cx={x} cy={y} r="4">
        {title}
      </circle>
    );
  if (status === "failed" || status === "errored")
    return (
      <path class="sign-bad" d={`M${x - 5} ${y - 5}L${x + 5} ${y + 5}M${x + 5} ${y - 5}L${x - 5} ${y + 5}`}>
        {title}
      </path>
    );
  return (
    <path class="sign-other" d={`M${x - 5} ${y}H${x + 5}`}>
      {title}
    </path>
  );
}

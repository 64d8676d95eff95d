import { useRef } from "preact/hooks";
import { useWidth } from "../../components/use-width.ts";

const height = 150;
const [top, bottom] = [18, 22];

export interface DayBar {
  /** When the day begins, by UTC. */
  readonly at_ms: number;
  /** Of each kind, in the order of `kinds`. */
  readonly values: readonly number[];
}

interface DayBarsProps {
  readonly days: readonly DayBar[];
  /** What the parts of a bar are, from the bottom up; at most three. */
  readonly kinds: readonly string[];
  /** What it shows, for those who hear it. */
  readonly label: string;
  readonly words: (value: number) => string;
  /** Whether the parts stand on one another, or the later before the earlier: a share of a whole. */
  readonly isStacked?: boolean;
}

/** A bar for each day that has something. The table below has the same in numbers. */
export function DayBars({ days, kinds, label, words, isStacked = true }: DayBarsProps) {
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure);
  const sizes = days.map(({ values }) => (isStacked ? values.reduce((sum, value) => sum + value, 0) : Math.max(0, ...values)));
  const largest = Math.max(0, ...sizes);
  if (largest === 0) return null;
  const scale = (height - top - bottom) / largest;
  const step = width / days.length;
  const thickness = Math.min(48, Math.max(1, 0.78 * step));
  const [first, last] = [days[0], days.at(-1)];
  return (
    <figure class={isStacked ? "day-bars" : "day-bars whole"} ref={figure}>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${label}; the most in a day: ${words(largest)}`}>
        {days.map(({ at_ms, values }, place) => (
          <g key={at_ms}>
            <title>{`${dayWords(at_ms)}: ${kinds.map((kind, index) => `${kind} ${words(values[index] ?? 0)}`).join(", ")}`}</title>
            {values.map((value, index) => {
              const below = isStacked ? values.slice(0, index).reduce((sum, each) => sum + each, 0) : 0;
              return (
                <rect
                  key={kinds[index]}
                  class={`kind-${index}`}
                  x={step * (place + 0.5) - thickness / 2}
                  y={height - bottom - scale * (below + value)}
                  width={thickness}
                  height={scale * value}
                />
              );
            })}
          </g>
        ))}
        <path class="axis" d={`M0 ${height - bottom}H${width}`} />
        <text x="0" y="12">
          {words(largest)}
        </text>
        {first !== undefined && (
          <text x="0" y={height - 6}>
            {dayWords(first.at_ms)}
          </text>
        )}
        {last !== undefined && last !== first && (
          <text x={width} y={height - 6} text-anchor="end">
            {dayWords(last.at_ms)}
          </text>
        )}
      </svg>
      <figcaption class="muted">
        {kinds.map((kind, index) => (
          <span key={kind}>
            <svg class="day-key" viewBox="0 0 10 10" aria-hidden="true">
              <rect class={`kind-${index}`} width="10" height="10" />
            </svg>
            {kind}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** `2026-05-01` */
export function dayWords(at_ms: number): string {
  return new Date(at_ms).toISOString().slice(0, 10);
}

/** All days from the first to the last that is told, for those on which nothing happened too. */
export function everyDay<T extends { readonly at_ms: number }>(
  { days, since_ms, until_ms }: { readonly days: readonly T[]; readonly since_ms: number; readonly until_ms: number },
  valuesOf: (day: T) => readonly number[],
): DayBar[] {
  const told = new Map(days.map((day) => [day.at_ms, valuesOf(day)]));
  const empty = days[0] === undefined ? [] : valuesOf(days[0]).map(() => 0);
  const all: DayBar[] = [];
  for (let at_ms = since_ms; at_ms <= until_ms && all.length < longest_days; at_ms += day_ms)
    all.push({ at_ms, values: told.get(at_ms) ?? empty });
  return all;
}

const day_ms = 86_400_000;
const longest_days = 400;

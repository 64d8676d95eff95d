import type { RunEvent } from "@shardwright/core";
import { eventLines } from "./lines.ts";
import { applyEvent, countProgress, remaining_ms, startProgress, type Progress } from "./progress.ts";
import { duration, keepEnd, printableLine, type Colors } from "./text.ts";
import type { RunView } from "./view.ts";

export interface LiveViewOptions {
  readonly stream: { write(text: string): unknown; readonly columns?: number; readonly rows?: number };
  readonly colors: Colors;
  /** Expected durations by task index, for the time left. */
  readonly estimates_ms: ReadonlyMap<number, number>;
  readonly now_ms: () => number;
}

const repaintInterval_ms = 100;

/** For terminals: what happened scrolls by above, and below stay a line for each worker, the bar and the time left. */
export function liveView(options: LiveViewOptions): RunView {
  const { stream, colors } = options;
  const progress = startProgress();
  let painted = 0;
  const clear = () => {
    if (painted > 0) stream.write(`\u001B[${painted}A\u001B[0J`);
    painted = 0;
  };
  const paint = () => {
    const lines = frame(progress, options);
    const erase = painted > 0 ? `\u001B[${painted}A\u001B[0J` : "";
    stream.write(`${erase}${lines.join("\n")}\n`);
    painted = lines.length;
  };
  stream.write("\u001B[?25l");
  // A process that leaves at once must not leave the terminal without its cursor.
  const showCursor = () => void stream.write("\u001B[?25h");
  process.once("exit", showCursor);
  const timer = setInterval(paint, repaintInterval_ms);
  timer.unref();
  return {
    event(event: RunEvent) {
      applyEvent(progress, event);
      const lines = eventLines(event, progress, colors);
      if (lines.length === 0) return;
      clear();
      stream.write(`${lines.join("\n")}\n`);
      paint();
    },
    say(line: string) {
      clear();
      stream.write(`${line}\n`);
    },
    end() {
      clearInterval(timer);
      clear();
      process.off("exit", showCursor);
      showCursor();
    },
  };
}

/** The lines that stay at the bottom, none wider than the terminal. */
function frame(progress: Progress, { stream, colors, estimates_ms, now_ms }: LiveViewOptions): string[] {
  const width = Math.max(20, stream.columns ?? 80) - 1;
  const height = Math.max(1, Math.min(12, (stream.rows ?? 24) - 6));
  const names = [...progress.workers.keys()].sort();
  const nameWidth = Math.min(24, Math.max(0, ...names.map((name) => name.length)));
  const lines = names.slice(0, height).map((name) => {
    const [running, ...waiting] = progress.workers.get(name) ?? [];
    const label = keepEnd(printableLine(name), nameWidth).padEnd(nameWidth);
    if (progress.lostWorkers.has(name)) return colors.yellow(`${label}  lost`);
    if (running === undefined) return colors.dim(`${label}  idle`);
    const time = duration(Math.max(0, now_ms() - running.since_ms));
    const more = waiting.length > 0 ? ` +${waiting.length}` : "";
    const room = width - nameWidth - time.length - more.length - 4;
    return `${colors.cyan(label)}  ${keepEnd(printableLine(running.file), Math.max(8, room))} ${colors.dim(`${time}${more}`)}`;
  });
  if (names.length > height) lines.push(colors.dim(`… and ${names.length - height} more workers`));
  lines.push(statusLine(progress, estimates_ms, now_ms(), width, colors));
  return lines;
}

function statusLine(
  progress: Progress,
  estimates_ms: ReadonlyMap<number, number>,
  now_ms: number,
  width: number,
  colors: Colors,
): string {
  const counts = countProgress(progress);
  const left_ms = remaining_ms(progress, estimates_ms, now_ms);
  const bad = counts.failed + counts.errored;
  const parts = [
    `${counts.done}/${progress.total}`,
    ...(bad > 0 ? [`${bad} failed`] : []),
    ...(counts.flaky > 0 ? [`${counts.flaky} flaky`] : []),
    ...(left_ms === undefined || counts.done === progress.total ? [] : [`about ${duration(Math.max(1000, left_ms))} left`]),
  ].join("  ");
  const barWidth = Math.max(5, Math.min(40, width - parts.length - 2));
  const full = progress.total === 0 ? 0 : Math.round((barWidth * counts.done) / progress.total);
  const bar = (bad > 0 ? colors.red : colors.green)("█".repeat(full)) + colors.dim("░".repeat(barWidth - full));
  return `${bar}  ${parts}`;
}

import type { RunEvent } from "@shardwright/core";
import { eventLines } from "./lines.ts";
import { applyEvent, countProgress, remaining_ms, startProgress, type Progress } from "./progress.ts";
import { columnsOf, duration, keepEnd, padTo, printableLine, type Colors } from "./text.ts";
import type { RunView } from "./view.ts";

export interface LiveViewOptions {
  readonly stream: { write(text: string): unknown; readonly columns?: number; readonly rows?: number };
  readonly colors: Colors;
  /** Expected durations by task index, for the time left. */
  readonly estimates_ms: ReadonlyMap<number, number>;
  readonly now_ms: () => number;
}

const repaintInterval_ms = 100;
/** For terminals that do not know their size. */
const fallbackColumns = 80;
const fallbackRows = 24;
/** Columns without which a file's name says nothing. */
const leastFile = 8;

/** For terminals: what happened scrolls by above, and below stay a line for each worker, the bar and the time left. */
export function liveView(options: LiveViewOptions): RunView {
  const { stream, colors } = options;
  const progress = startProgress();
  let painted: readonly string[] = [];
  const eraser = () => {
    // A terminal that has become narrower since has broken the lines.
    const columns = stream.columns || fallbackColumns;
    const rows = painted.reduce((sum, line) => sum + Math.max(1, Math.ceil(columnsOf(line) / columns)), 0);
    // To the first column first: the terminal itself may have written ^C.
    return rows > 0 ? `\r\u001B[${rows}A\u001B[0J` : "";
  };
  const clear = () => {
    if (painted.length > 0) stream.write(eraser());
    painted = [];
  };
  const paint = () => {
    const lines = frame(progress, options);
    stream.write(`${eraser()}${lines.join("\n")}\n`);
    painted = lines;
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

/** The lines that stay at the bottom, none wider than the terminal, and not more than it has. */
function frame(progress: Progress, { stream, colors, estimates_ms, now_ms }: LiveViewOptions): string[] {
  // The last column stays free: some terminals break the line when it is written to.
  const width = Math.max(1, (stream.columns || fallbackColumns) - 1);
  const height = Math.max(0, Math.min(12, (stream.rows || fallbackRows) - 6));
  const names = [...progress.workers.keys()].sort();
  const widestName = names.reduce((most, name) => Math.max(most, columnsOf(printableLine(name))), 0);
  const nameWidth = Math.min(24, Math.floor(width / 3), widestName);
  const lines = names.slice(0, height).map((name) => workerLine(name, progress, { nameWidth, width, colors, now_ms: now_ms() }));
  const rest = names.length - height;
  if (height > 0 && rest > 0) lines.push(colors.dim(keepEnd(`… and ${rest} more workers`, width)));
  lines.push(statusLine(progress, estimates_ms, now_ms(), width, colors));
  return lines;
}

interface WorkerLineOptions {
  readonly nameWidth: number;
  readonly width: number;
  readonly colors: Colors;
  readonly now_ms: number;
}

function workerLine(name: string, progress: Progress, { nameWidth, width, colors, now_ms }: WorkerLineOptions): string {
  const [running, ...waiting] = progress.workers.get(name) ?? [];
  const label = padTo(keepEnd(printableLine(name), nameWidth), nameWidth);
  if (progress.lostWorkers.has(name)) return colors.yellow(keepEnd(`${label}  lost`, width));
  if (running === undefined) return colors.dim(keepEnd(`${label}  idle`, width));
  const time = duration(Math.max(0, now_ms - running.since_ms));
  const tail = waiting.length > 0 ? `${time} +${waiting.length}` : time;
  const room = width - nameWidth - tail.length - 3;
  const file = `${running.isDuplicate ? "⧉ " : ""}${printableLine(running.file)}`;
  // Where there is no room for all, the file says most.
  if (room < leastFile) return keepEnd(file, width);
  return `${colors.cyan(label)}  ${keepEnd(file, room)} ${colors.dim(tail)}`;
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
    ...(counts.quarantined > 0 ? [`${counts.quarantined} quarantined`] : []),
    ...(counts.flaky > 0 ? [`${counts.flaky} flaky`] : []),
    ...(left_ms === undefined || counts.done === progress.total ? [] : [`about ${duration(Math.max(1000, left_ms))} left`]),
  ];
  // From the end on, until the rest fits.
  while (parts.length > 1 && parts.join("  ").length > width) parts.pop();
  const text = parts.join("  ").slice(0, width);
  const barWidth = Math.min(40, width - text.length - 2);
  if (barWidth < 5) return text;
  const full = progress.total === 0 ? 0 : Math.round((barWidth * counts.done) / progress.total);
  const bar = (bad > 0 ? colors.red : colors.green)("█".repeat(full)) + colors.dim("░".repeat(barWidth - full));
  return `${bar}  ${text}`;
}

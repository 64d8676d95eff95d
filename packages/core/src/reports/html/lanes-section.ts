import { plainText } from "../../model/plain-text.ts";
import { formatDuration, plural } from "../format.ts";
import type { ReportAttempt, RunReport } from "../run-report.ts";
import type { TimelineEvent } from "../timeline.ts";
import { escapeHtml } from "./escape.ts";

/** Rectangles, lanes and marks that are drawn at most: above that, attempts of a lane that are too close to be told apart share one. */
const boxesLimit = 4000;
const lanesLimit = 80;
const marksLimit = 200;
const width = 1000;
const left = 150;
const lane_height = 14;
const bar_height = 10;
const nameShown = 22;

interface Bar {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly status: ReportAttempt["status"];
  readonly title: string;
  readonly again: boolean;
}
interface Lane {
  readonly worker: string;
  readonly isNamed: boolean;
  readonly bars: Bar[];
}

/** The gravest comes first: of attempts that share a rectangle, that one is seen. */
const gravest: readonly ReportAttempt["status"][] = [
  "lost",
  "errored",
  "failed",
  "superseded",
  "released",
  "cancelled",
  "running",
  "passed",
  "skipped",
];

/**
 * Who ran what when, as a picture that needs no script: a lane for each worker and slot, a bar for each attempt, and marks where something
 * was done about what went wrong. It stays as small for ten thousand files as for ten.
 */
export function lanesPicture(report: RunReport, events: readonly TimelineEvent[]): string {
  const all = lanesOf(report);
  const lanes = all.slice(0, lanesLimit);
  const end_ms = all.reduce((end, { bars }) => bars.reduce((latest, { to_ms }) => Math.max(latest, to_ms), end), 1);
  const x = (ms: number) => left + ((width - left) * Math.min(ms, end_ms)) / end_ms;
  const columns = Math.max(20, Math.min(width - left, Math.floor(boxesLimit / Math.max(1, lanes.length))));
  const rows = lanes.map((lane, index) => drawLane(lane, index, x, (width - left) / columns));
  const places = new Map(lanes.map(({ worker, isNamed }, index) => [isNamed ? worker : `${worker} ${index}`, index]));
  const height = lanes.length * lane_height + 26;
  const hidden = all.length - lanes.length;
  const note = hidden > 0 ? `<p class="more">… and ${plural(hidden, "more lane")}</p>` : "";
  return `<svg class="lanes" viewBox="0 0 ${width} ${height}" role="img" aria-label="Who ran what when, in ${formatDuration(end_ms)}">${axis(end_ms, x, height)}${rows.join("")}${marks(events, places, x, height)}</svg>${note}`;
}

/** Every attempt on the first lane of its worker that is free when it begins. */
function lanesOf({ tasks, workers }: RunReport): Lane[] {
  const byWorker = new Map<string, Bar[]>(workers.map(({ name }) => [name, []]));
  for (const task of tasks)
    for (const { worker, started_ms, ended_ms, duration_ms, status, attempt, duplicate } of task.attempts) {
      const to_ms = Math.max(started_ms, ended_ms ?? started_ms + duration_ms);
      const title = `${task.file}: ${status}, attempt ${attempt}, ${formatDuration(to_ms - started_ms)}`;
      const bar = { from_ms: started_ms, to_ms, status, title, again: attempt > 1 || duplicate === true };
      const known = byWorker.get(worker);
      if (known === undefined) byWorker.set(worker, [bar]);
      else known.push(bar);
    }
  return [...byWorker].flatMap(([worker, bars]) => {
    const lanes: Lane[] = [{ worker, isNamed: true, bars: [] }];
    for (const bar of bars.toSorted((a, b) => a.from_ms - b.from_ms)) {
      const free = lanes.find((lane) => (lane.bars.at(-1)?.to_ms ?? 0) <= bar.from_ms + 0.5);
      if (free === undefined) lanes.push({ worker, isNamed: false, bars: [bar] });
      else free.bars.push(bar);
    }
    return lanes;
  });
}

function drawLane({ worker, isNamed, bars }: Lane, index: number, x: (ms: number) => number, column: number): string {
  const y = index * lane_height + 2;
  const boxes: { from: number; to: number; status: Bar["status"]; title: string; count: number; again: boolean }[] = [];
  for (const { from_ms, to_ms, status, title, again } of bars) {
    const from = x(from_ms);
    const to = Math.max(from + 0.5, x(to_ms));
    const last = boxes.at(-1);
    if (last === undefined || Math.max(to, last.to) - last.from > column)
      boxes.push({ from, to, status, title, count: 1, again });
    else
      boxes[boxes.length - 1] = {
        from: last.from,
        to: Math.max(to, last.to),
        status: gravest.find((one) => one === status || one === last.status) ?? status,
        title: last.title,
        count: last.count + 1,
        again: again || last.again,
      };
  }
  const drawn = boxes.map(({ from, to, status, title, count, again }) => {
    const said = count === 1 ? title : plural(count, "attempt");
    return `<rect class="bar-${status}${again ? " again" : ""}" x="${from.toFixed(1)}" y="${y}" width="${(to - from).toFixed(1)}" height="${bar_height}"><title>${escapeHtml(plainText(said))}</title></rect>`;
  });
  const name = worker.length > nameShown ? `${worker.slice(0, nameShown - 1)}…` : worker;
  const label = isNamed ? `<text x="0" y="${y + bar_height - 1}">${escapeHtml(plainText(name))}</text>` : "";
  return `${label}${drawn.join("")}`;
}

function axis(end_ms: number, x: (ms: number) => number, height: number): string {
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = x(end_ms * share).toFixed(1);
    const anchor = share === 1 ? "end" : share === 0 ? "start" : "middle";
    return `<line class="tick" x1="${at}" x2="${at}" y1="0" y2="${height - 18}"/><text class="tick" x="${at}" y="${height - 4}" text-anchor="${anchor}">${formatDuration(Math.round(end_ms * share))}</text>`;
  });
  return marks.join("");
}

/** What was decided stands at the end of the attempt that it followed; what is about all workers, across all lanes. */
function marks(
  events: readonly TimelineEvent[],
  places: ReadonlyMap<string, number>,
  x: (ms: number) => number,
  height: number,
): string {
  const marked = events.filter(({ kind }) => ["decided", "worker", "breaker", "coordinator", "excused"].includes(kind));
  return marked
    .slice(0, marksLimit)
    .map(({ at_ms, kind, text, worker, incident }) => {
      const at = x(at_ms);
      const title = `<title>${escapeHtml(plainText(`${formatDuration(at_ms)}: ${text}`))}</title>`;
      const place = places.get(worker ?? (incident?.scope === "worker" ? incident.name : ""));
      if (place === undefined)
        return `<line class="mark mark-${kind}" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="0" y2="${height - 18}">${title}</line>`;
      const y = place * lane_height + 2 + bar_height / 2;
      return `<path class="mark mark-${kind}" d="M${at.toFixed(1)} ${y - 5}l4 5l-4 5l-4 -5z">${title}</path>`;
    })
    .join("");
}

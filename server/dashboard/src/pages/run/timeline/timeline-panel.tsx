import { type RunSummary, plural } from "@shardwright/core";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Bar, Layout } from "../../../../../../packages/core/report-page/timeline-layout.ts";
import type { Box } from "../../../../../../packages/core/report-page/timeline-paint.ts";
import { Empty } from "../../../components/empty.tsx";
import { Panel } from "../../../components/page.tsx";
import { say } from "../../../components/say.tsx";
import { useNow } from "../../../components/time.tsx";
import { navigate } from "../../../router/location.ts";
import type { RunModel } from "../run-model.ts";
import { layOutRun } from "./lay-out.ts";
import { markGlyphs, markWords } from "./marks.ts";
import { Picture, describeBar } from "./picture.ts";
import { TimelineWords } from "./timeline-words.tsx";

interface TimelinePanelProps {
  readonly run: RunSummary;
  readonly model: RunModel;
  readonly version: number;
}

interface Pointed {
  readonly bar: Bar;
  readonly box: Box;
}

/** Who ran what when: a picture, and the same in words. */
export function TimelinePanel({ run, model, version }: TimelinePanelProps) {
  const isRunning = run.status === "running";
  const now_ms = useNow(isRunning ? 1000 : undefined);
  const until_ms = (run.ended_at_ms ?? now_ms) - run.submitted_at_ms;
  const layout = useMemo(() => layOutRun(model, until_ms), [model, version, isRunning ? until_ms : 0]);
  const stage = useRef<HTMLDivElement>(null);
  const room = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = useRef<Picture | undefined>(undefined);
  const [pointed, setPointed] = useState<Pointed>();
  const latest = useRef({ layout, model, run });
  latest.current = { layout, model, run };
  useEffect(() => {
    if (stage.current === null || room.current === null || canvas.current === null) return;
    const made = new Picture(stage.current, room.current, canvas.current, {
      onBar(bar, box, isAloud) {
        setPointed(bar === undefined || box === undefined ? undefined : { bar, box });
        const { layout: now, model: of } = latest.current;
        if (bar !== undefined && isAloud) say(describeBar(bar, now, (task) => of.nameOf(task)).join(", "));
      },
      onOpen: (bar) => navigate(`/runs/${latest.current.run.id}/tasks/${bar.task}?attempt=${bar.attempt}`),
    });
    picture.current = made;
    return () => made.close();
  }, [layout.bars.length === 0]);
  useEffect(() => picture.current?.show(layout, model.marks), [layout, model]);
  // Neither changes with what is pointed at, and both look at every bar.
  const legend = useMemo(() => <Legend layout={layout} model={model} />, [layout]);
  const words = useMemo(() => <TimelineWords run={run} model={model} />, [run, layout]);
  if (layout.bars.length === 0)
    return (
      <Panel title="Timeline">
        <Empty title="Nothing has run yet.">
          <p>It begins when a worker that fits has a free slot: the Workers page shows who is there.</p>
        </Empty>
      </Panel>
    );
  return (
    <Panel
      title="Timeline"
      note={plural(layout.bars.length, "attempt")}
      actions={
        <>
          <button type="button" aria-label="Zoom out" title="Zoom out (−)" onClick={() => picture.current?.zoomOut()}>
            −
          </button>
          <button
            type="button"
            aria-label="Zoom in"
            title="Zoom in (+, or Ctrl and the wheel)"
            onClick={() => picture.current?.zoomIn()}
          >
            +
          </button>
          <button type="button" title="Show all (0)" onClick={() => picture.current?.showAll()}>
            All
          </button>
        </>
      }
    >
      <div class="stage" ref={stage}>
        <div class="room" ref={room}>
          <canvas
            ref={canvas}
            tabIndex={0}
            role="application"
            aria-roledescription="timeline"
            aria-label={`Timeline: ${plural(layout.bars.length, "attempt")} on ${plural(model.workers.length, "worker")}. Arrow keys go from bar to bar, Enter opens one, plus and minus zoom, Shift with an arrow moves. The same in words is below.`}
          />
        </div>
        {pointed !== undefined && <Tip pointed={pointed} layout={layout} model={model} />}
      </div>
      {legend}
      {model.leftOut > 0 && <p class="help">{plural(model.leftOut, "later attempt")} did not fit in.</p>}
      {words}
    </Panel>
  );
}

/** What is said of the bar that is pointed at, and a ring around it. */
function Tip({
  pointed: { bar, box },
  layout,
  model,
}: {
  readonly pointed: Pointed;
  readonly layout: Layout;
  readonly model: RunModel;
}) {
  const [name, ...rest] = describeBar(bar, layout, (task) => model.nameOf(task));
  const isLow = box.y > 90;
  return (
    <>
      <div class="ring" style={{ left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` }} />
      <div
        class={isLow ? "tip tip-above" : "tip"}
        style={{ left: `clamp(0px, ${box.x}px, calc(100% - 260px))`, top: `${isLow ? box.y - 6 : box.y + box.height + 6}px` }}
      >
        <div class="tip-file">{name}</div>
        {rest.map((line) => (
          <div key={line}>{line}</div>
        ))}
      </div>
    </>
  );
}

function Legend({ layout, model }: { readonly layout: Layout; readonly model: RunModel }) {
  const statuses = [...new Set(layout.bars.map(({ status }) => status))];
  const kinds = [...new Set(model.marks.map(({ kind }) => kind))];
  const causes = new Set(layout.bars.map(({ again }) => again));
  return (
    <ul class="legend" aria-label="Legend">
      {statuses.map((status) => (
        <li key={status}>
          <span class={`swatch bar-${status}`} /> {status}
        </li>
      ))}
      {causes.has("retry") && (
        <li>
          <b>↻</b> run again
        </li>
      )}
      {causes.has("duplicate") && (
        <li>
          <b>⧉</b> begun once more
        </li>
      )}
      {kinds.map((kind) => (
        <li key={kind}>
          <b>{markGlyphs[kind]}</b> {markWords[kind]}
        </li>
      ))}
    </ul>
  );
}

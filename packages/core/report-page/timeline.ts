import { formatDuration, plural } from "../src/reports/format.ts";
import { make, say } from "./dom.ts";
import type { Model } from "./model.ts";
import { againGlyphs, layOut, neighbour, type Bar, type Layout } from "./timeline-layout.ts";
import { boxOf, currentPalette, metricsFor, paint, timeAt, type Metrics, type View } from "./timeline-paint.ts";

const shortestView_ms = 5;
/** Browsers refuse canvases that are larger. */
const canvasLimit = 16_000;

/**
 * The picture of who ran what when. Returns what draws it anew; `paper` for the colours of print.
 */
export function buildTimeline(model: Model, panel: HTMLElement, open: (task: number) => void): (medium?: "paper") => void {
  const layout = layOut(model);
  const view: View = { from_ms: 0, to_ms: layout.end_ms };
  let marked: Bar | undefined;
  let metrics = metricsFor(layout, 900);
  const canvas = make("canvas", {
    id: "timeline-canvas",
    tabindex: "0",
    role: "application",
    "aria-roledescription": "timeline",
    "aria-label": `Timeline: ${plural(layout.bars.length, "attempt")} on ${plural(model.payload.workers.length, "worker")} in ${formatDuration(layout.end_ms)}. Arrow keys go from bar to bar, Enter opens one.`,
  });
  const tip = make("div", { class: "tip", role: "presentation", hidden: true });
  const ring = make("div", { class: "ring", hidden: true });
  const stage = make("div", { class: "stage" }, canvas, ring, tip);
  // In place of the plain picture for pages without scripts.
  panel.replaceChildren(titleBar(layout, zoomBy, reset), stage, legend(layout));
  panel.hidden = false;

  function draw(medium?: "paper"): void {
    const width = Math.max(280, stage.clientWidth);
    metrics = metricsFor(layout, width);
    const scale = Math.min(window.devicePixelRatio || 1, canvasLimit / metrics.height);
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(metrics.height * scale);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${metrics.height}px`;
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    document.documentElement.classList.toggle("paper", medium === "paper");
    paint(context, layout, view, metrics, currentPalette());
    document.documentElement.classList.remove("paper");
    placeMark();
  }

  function zoomBy(factor: number, at_ms = marked === undefined ? (view.from_ms + view.to_ms) / 2 : marked.from_ms): void {
    const span = Math.min(layout.end_ms, Math.max(shortestView_ms, (view.to_ms - view.from_ms) / factor));
    const share = (at_ms - view.from_ms) / (view.to_ms - view.from_ms);
    panTo(at_ms - span * Math.min(1, Math.max(0, share)), span);
  }
  function panTo(from_ms: number, span = view.to_ms - view.from_ms): void {
    view.from_ms = Math.min(Math.max(0, from_ms), layout.end_ms - span);
    view.to_ms = view.from_ms + span;
    draw();
  }
  function reset(): void {
    panTo(0, layout.end_ms);
  }
  /** The mark is an element over the picture: moving it need not paint ten thousand bars anew. */
  function placeMark(): void {
    const box = marked === undefined ? undefined : boxOf(marked, view, metrics);
    const from = Math.max(box?.x ?? 0, metrics.left);
    const to = Math.min((box?.x ?? 0) + (box?.width ?? 0), metrics.width);
    ring.hidden = box === undefined || to <= from;
    tip.hidden = ring.hidden;
    if (box === undefined || ring.hidden) return;
    Object.assign(ring.style, { left: `${from}px`, top: `${box.y}px`, width: `${to - from}px`, height: `${box.height}px` });
    placeTip(tip, { ...box, x: from, width: to - from }, metrics);
  }
  function mark(bar: Bar | undefined, aloud: boolean): void {
    if (bar === marked && !aloud) return;
    marked = bar;
    placeMark();
    if (bar === undefined) return;
    const lines = describe(model, layout, bar);
    tip.replaceChildren(...lines.map((line, index) => make("div", { class: index === 0 ? "tip-file" : "" }, line)));
    placeMark();
    if (aloud) say(lines.join(", "));
  }

  listen(canvas, {
    barAt: (x, y) => barAt(layout, view, metrics, x, y),
    hover: (bar) => mark(bar, false),
    open: (bar) => open(bar.task),
    pan: (pixels) => panTo(view.from_ms + timeAt(0, view, metrics) - timeAt(pixels, view, metrics)),
    zoom: (factor, x) => zoomBy(factor, timeAt(x, view, metrics)),
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith("Arrow")) {
      const next = marked === undefined ? layout.bars[0] : neighbour(layout, marked, event.key);
      if (next !== undefined && (next.from_ms > view.to_ms || next.to_ms < view.from_ms)) panTo(next.from_ms);
      if (next !== undefined) mark(next, true);
    } else if (event.key === "+" || event.key === "=") zoomBy(1.6);
    else if (event.key === "-") zoomBy(1 / 1.6);
    else if (event.key === "0") reset();
    else if (event.key === "Enter" && marked !== undefined) open(marked.task);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("blur", () => mark(undefined, false));
  new ResizeObserver(() => draw()).observe(stage);
  return draw;
}

interface Gestures {
  barAt(x: number, y: number): Bar | undefined;
  hover(bar: Bar | undefined): void;
  open(bar: Bar): void;
  pan(pixels: number): void;
  zoom(factor: number, x: number): void;
}

function listen(canvas: HTMLCanvasElement, gestures: Gestures): void {
  let grabbed: { x: number; moved: boolean } | undefined;
  canvas.addEventListener("pointerdown", (event) => (grabbed = { x: event.offsetX, moved: false }));
  canvas.addEventListener("pointermove", (event) => {
    if (grabbed === undefined || event.buttons === 0) {
      const bar = gestures.barAt(event.offsetX, event.offsetY);
      canvas.classList.toggle("on-bar", bar !== undefined);
      gestures.hover(bar);
      return;
    }
    const by = event.offsetX - grabbed.x;
    if (Math.abs(by) < 4 && !grabbed.moved) return;
    grabbed = { x: event.offsetX, moved: true };
    gestures.pan(by);
  });
  canvas.addEventListener("pointerleave", () => gestures.hover(undefined));
  canvas.addEventListener("click", (event) => {
    const bar = gestures.barAt(event.offsetX, event.offsetY);
    if (bar !== undefined && grabbed?.moved !== true) gestures.open(bar);
    grabbed = undefined;
  });
  // The wheel alone scrolls the page; with Ctrl, as everywhere, it zooms.
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      gestures.zoom(event.deltaY < 0 ? 1.25 : 0.8, event.offsetX);
    },
    { passive: false },
  );
}

function barAt(layout: Layout, view: View, metrics: Metrics, x: number, y: number): Bar | undefined {
  if (x < metrics.left || y < metrics.top) return undefined;
  const lane = layout.lanes[Math.floor((y - metrics.top) / metrics.lane)];
  return lane?.bars.find((bar) => {
    const box = boxOf(bar, view, metrics);
    return x >= box.x - 2 && x <= box.x + box.width + 2;
  });
}

function describe(model: Model, layout: Layout, bar: Bar): string[] {
  const task = model.payload.tasks[bar.task];
  const again = bar.again === undefined ? "" : `, ${bar.again === "duplicate" ? "duplicate, " : ""}attempt ${bar.attempt}`;
  const expected = task?.estimate_ms === undefined ? "" : ` (expected ${formatDuration(task.estimate_ms)})`;
  return [
    model.payload.strings[task?.f ?? -1] ?? "",
    `${bar.status}${again} on ${layout.lanes[bar.lane]?.worker ?? "?"}`,
    `${formatDuration(bar.to_ms - bar.from_ms)}${expected}, from ${formatDuration(bar.from_ms)}`,
  ];
}

function placeTip(tip: HTMLElement, box: { x: number; y: number; width: number; height: number }, metrics: Metrics): void {
  const middle = box.x + Math.min(box.width, metrics.width - box.x) / 2;
  const left = Math.min(Math.max(8, middle - tip.offsetWidth / 2), metrics.width - tip.offsetWidth - 8);
  const below = box.y - tip.offsetHeight - 8 < 0;
  tip.style.left = `${left}px`;
  tip.style.top = `${below ? box.y + box.height + 8 : box.y - tip.offsetHeight - 8}px`;
}

function titleBar(layout: Layout, zoomBy: (factor: number) => void, reset: () => void): HTMLElement {
  return make(
    "div",
    { class: "panel-head" },
    make("h2", { id: "timeline-title" }, "Timeline ", make("small", {}, plural(layout.bars.length, "attempt"))),
    make("span", { class: "spacer" }),
    make("button", { class: "icon", "aria-label": "Zoom out", title: "Zoom out (−)", click: () => zoomBy(1 / 1.6) }, "−"),
    make(
      "button",
      { class: "icon", "aria-label": "Zoom in", title: "Zoom in (+, or Ctrl and the wheel)", click: () => zoomBy(1.6) },
      "+",
    ),
    make("button", { class: "icon wide", title: "Show all (0)", click: () => reset() }, "all"),
  );
}

function legend(layout: Layout): HTMLElement {
  const seen = new Set(layout.bars.map((bar) => bar.status));
  const entries = [...seen].map((status) => make("li", {}, make("span", { class: `swatch bar-${status}` }), status));
  for (const [again, glyph] of Object.entries(againGlyphs))
    if (layout.bars.some((bar) => bar.again === again)) entries.push(make("li", {}, make("b", {}, glyph), again));
  return make("ul", { class: "legend", "aria-label": "Legend" }, ...entries);
}

import { formatDuration } from "@shardwright/core";
import { type Bar, type Layout, neighbour } from "../../../../../../packages/core/report-page/timeline-layout.ts";
import {
  type Box,
  type Metrics,
  type View,
  boxOf,
  currentPalette,
  metricsFor,
  paint,
  timeAt,
} from "../../../../../../packages/core/report-page/timeline-paint.ts";
import type { Mark } from "../run-model.ts";
import type { RunLayout } from "./lay-out.ts";
import { measureIn, paintMarks } from "./marks.ts";
import { metricsWithMarks } from "./place-marks.ts";

const shortestView_ms = 5;
const zoomStep = 1.6;

export interface PictureListener {
  /** A bar is pointed at or gone to; undefined for none. `isAloud` where it was gone to by a key. */
  onBar(bar: Bar | undefined, box: Box | undefined, isAloud: boolean): void;
  onOpen(bar: Bar): void;
}

/**
 * The timeline on a canvas: who ran what when, to be zoomed and moved, by mouse and by keys. The canvas is as large as what is seen of the
 * picture, and stays in sight while its stage is scrolled; the room around it is as large as the picture.
 */
export class Picture {
  readonly #stage: HTMLElement;
  readonly #room: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #listener: PictureListener;
  readonly #closed = new AbortController();
  #layout: RunLayout = { lanes: [], bars: [], rows: [], end_ms: 1 };
  #marks: readonly Mark[] = [];
  #view: View = { from_ms: 0, to_ms: 1 };
  /** Whether all is shown: then it stays so while the run goes on. */
  #isWhole = true;
  #marked: Bar | undefined;
  #metrics: Metrics = metricsFor(this.#layout, 900);
  #frame: number | undefined;
  #grabbed: { x: number; moved: boolean } | undefined;

  /** @param stage has the room, which has the canvas */
  constructor(stage: HTMLElement, room: HTMLElement, canvas: HTMLCanvasElement, listener: PictureListener) {
    this.#stage = stage;
    this.#room = room;
    this.#canvas = canvas;
    this.#listener = listener;
    const { signal } = this.#closed;
    canvas.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    canvas.addEventListener("blur", () => this.#mark(undefined, false), { signal });
    canvas.addEventListener("pointerdown", ({ offsetX }) => (this.#grabbed = { x: offsetX, moved: false }), { signal });
    canvas.addEventListener("pointermove", (event) => this.#onMove(event), { signal });
    canvas.addEventListener("pointerleave", () => this.#mark(undefined, false), { signal });
    canvas.addEventListener("click", (event) => this.#onClick(event), { signal });
    canvas.addEventListener("wheel", (event) => this.#onWheel(event), { signal, passive: false });
    addEventListener("themechange", () => this.#draw(), { signal });
    stage.addEventListener("scroll", () => this.#draw(), { signal, passive: true });
    const observer = new ResizeObserver(() => this.#draw());
    observer.observe(stage);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  close(): void {
    this.#closed.abort();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  show(layout: RunLayout, marks: readonly Mark[]): void {
    this.#layout = layout;
    this.#marks = marks;
    if (this.#isWhole) this.#view = { from_ms: 0, to_ms: layout.end_ms };
    this.#draw();
  }

  zoomIn(): void {
    this.#zoom(zoomStep);
  }

  zoomOut(): void {
    this.#zoom(1 / zoomStep);
  }

  showAll(): void {
    this.#panTo(0, this.#layout.end_ms);
  }

  /** At most once for each picture of the screen. */
  #draw(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#paint();
    });
  }

  #paint(): void {
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const palette = currentPalette();
    const width = Math.max(260, this.#stage.clientWidth);
    this.#metrics = metricsWithMarks(this.#layout, this.#marks, width, measureIn(context, palette));
    this.#room.style.height = `${this.#metrics.height}px`;
    const top = this.#stage.scrollTop;
    const height = Math.min(this.#metrics.height, this.#stage.clientHeight);
    const scale = devicePixelRatio || 1;
    const size = [Math.round(width * scale), Math.round(height * scale)] as const;
    if (this.#canvas.width !== size[0] || this.#canvas.height !== size[1]) [this.#canvas.width, this.#canvas.height] = size;
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    context.setTransform(scale, 0, 0, scale, 0, -top * scale);
    paint(context, this.#layout, this.#view, this.#metrics, palette, { top, bottom: top + height });
    paintMarks(context, this.#layout, this.#marks, this.#view, this.#metrics, palette);
  }

  #zoom(factor: number, at_ms?: number): void {
    const { from_ms, to_ms } = this.#view;
    const around_ms = at_ms ?? this.#marked?.from_ms ?? (from_ms + to_ms) / 2;
    const span_ms = Math.min(this.#layout.end_ms, Math.max(shortestView_ms, (to_ms - from_ms) / factor));
    const share = Math.min(1, Math.max(0, (around_ms - from_ms) / (to_ms - from_ms)));
    this.#panTo(around_ms - span_ms * share, span_ms);
  }

  #panTo(wanted_ms: number, span_ms = this.#view.to_ms - this.#view.from_ms): void {
    const from_ms = Math.max(0, Math.min(wanted_ms, this.#layout.end_ms - span_ms));
    this.#view = { from_ms, to_ms: from_ms + span_ms };
    this.#isWhole = span_ms >= this.#layout.end_ms;
    this.#draw();
    this.#mark(this.#marked, false);
  }

  #mark(bar: Bar | undefined, isAloud: boolean): void {
    this.#marked = bar;
    this.#listener.onBar(bar, bar === undefined ? undefined : boxOf(bar, this.#view, this.#metrics), isAloud);
  }

  /** @param offset of the pointer in the canvas */
  #barAt(x: number, offset: number): Bar | undefined {
    const { left, top, lane } = this.#metrics;
    const y = offset + this.#stage.scrollTop;
    if (x < left || y < top) return undefined;
    return this.#layout.lanes[Math.floor((y - top) / lane)]?.bars.find((bar) => {
      const box = boxOf(bar, this.#view, this.#metrics);
      return x >= box.x - 2 && x <= box.x + box.width + 2;
    });
  }

  #onMove(event: PointerEvent): void {
    const { offsetX, offsetY, buttons } = event;
    if (this.#grabbed === undefined || buttons === 0) return this.#mark(this.#barAt(offsetX, offsetY), false);
    const by_px = offsetX - this.#grabbed.x;
    if (Math.abs(by_px) < 4 && !this.#grabbed.moved) return;
    this.#grabbed = { x: offsetX, moved: true };
    const at = (x: number) => timeAt(x, this.#view, this.#metrics);
    this.#panTo(this.#view.from_ms + at(0) - at(by_px));
  }

  #onClick({ offsetX, offsetY }: MouseEvent): void {
    const bar = this.#barAt(offsetX, offsetY);
    if (bar !== undefined && this.#grabbed?.moved !== true) this.#listener.onOpen(bar);
    this.#grabbed = undefined;
  }

  /** The wheel alone scrolls the page; with Ctrl, as everywhere, it zooms. */
  #onWheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.#zoom(event.deltaY < 0 ? 1.25 : 0.8, timeAt(event.offsetX, this.#view, this.#metrics));
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { from_ms, to_ms } = this.#view;
    if (event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight"))
      this.#panTo(from_ms + ((to_ms - from_ms) / 8) * (event.key === "ArrowLeft" ? -1 : 1));
    else if (event.key.startsWith("Arrow")) this.#goTo(event.key);
    else if (event.key === "+" || event.key === "=") this.zoomIn();
    else if (event.key === "-") this.zoomOut();
    else if (event.key === "0") this.showAll();
    else if (event.key === "Enter" && this.#marked !== undefined) this.#listener.onOpen(this.#marked);
    else return;
    event.preventDefault();
  }

  #goTo(key: string): void {
    const next = this.#marked === undefined ? this.#layout.bars[0] : neighbour(this.#layout, this.#marked, key);
    if (next === undefined) return;
    if (next.from_ms > this.#view.to_ms || next.to_ms < this.#view.from_ms) this.#panTo(next.from_ms);
    this.#mark(next, true);
    this.#stage.scrollTo({ top: this.#metrics.top + next.lane * this.#metrics.lane - 120 });
  }
}

/** What is said of a bar. */
export function describeBar(bar: Bar, layout: Pick<Layout, "lanes">, nameOf: (task: number) => string): string[] {
  const why =
    bar.again === undefined ? "" : bar.again === "duplicate" ? ", begun once more elsewhere" : `, attempt ${bar.attempt}`;
  return [
    nameOf(bar.task),
    `${bar.status}${why} on ${layout.lanes[bar.lane]?.worker ?? "?"}`,
    `${formatDuration(bar.to_ms - bar.from_ms)}, from ${formatDuration(bar.from_ms)}`,
  ];
}

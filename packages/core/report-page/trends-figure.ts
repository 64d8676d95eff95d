import { drawTrend, type TrendDrawing } from "../src/reports/trends/picture/draw.ts";
import { type PictureView, wholeView } from "../src/reports/trends/picture/scale.ts";
import { make } from "./dom.ts";
import type { TrendModel } from "./trends-model.ts";
import { notableAfter, readout } from "./trends-readout.ts";

/** Fewer points than this are not looked at more closely. */
const fewest = 6;
const zoomStep = 1.6;

/** Makes a plain picture one that fits its room, tells of the point under the pointer or the keyboard, and can be looked at closely. */
export function buildTrendFigure(stage: HTMLElement, trend: TrendModel): void {
  const whole = wholeView(trend.picture);
  let view = whole;
  let drawing: TrendDrawing | undefined;
  let marked = -1;
  let drawnWidth = 0;
  const picture = make("div", { class: "picture" });
  const cursor = make("div", { class: "cursor", hidden: true });
  const dot = make("div", { class: "dot-mark", hidden: true });
  const told = make("p", { class: "readout", role: "status" });
  const tools = make(
    "div",
    { class: "zoom", role: "group", "aria-label": `Look closer at ${trend.name}` },
    make("button", { class: "icon", "aria-label": "Closer", title: "Closer (+)", click: () => zoom(zoomStep) }, "+"),
    make("button", { class: "icon", "aria-label": "Farther", title: "Farther (−)", click: () => zoom(1 / zoomStep) }, "−"),
    make("button", { class: "icon wide", title: "All points (0)", click: () => show(whole) }, "All"),
  );
  stage.replaceChildren(picture, cursor, dot);
  stage.after(make("div", { class: "under" }, told, tools));
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-roledescription", "series of points");
  stage.setAttribute(
    "aria-label",
    `${trend.name}: ${trend.facts.length} points. Arrow keys go from point to point, Page Up and Page Down to what is notable, plus and minus look closer.`,
  );

  function draw(): void {
    const width = Math.max(240, Math.floor(stage.clientWidth));
    drawnWidth = width;
    drawing = drawTrend(trend.picture, { width, height: width < 480 ? 200 : 260 }, view);
    // Our own drawing: it holds numbers and words of ours, and no text of anyone else.
    picture.innerHTML = drawing.svg;
    place();
  }
  function show(next: PictureView): void {
    const span = Math.min(whole.until, Math.max(fewest, next.until - next.from));
    const from = Math.min(Math.max(0, next.from), whole.until - span);
    view = { from, until: from + span };
    draw();
  }
  function zoom(factor: number, around = marked >= 0 ? marked + 0.5 : (view.from + view.until) / 2): void {
    const span = (view.until - view.from) / factor;
    const share = Math.min(1, Math.max(0, (around - view.from) / (view.until - view.from)));
    show({ from: around - span * share, until: around + span * (1 - share) });
  }
  function place(): void {
    const fact = trend.facts[marked];
    const isSeen = fact !== undefined && drawing !== undefined && marked + 1 > view.from && marked < view.until;
    cursor.hidden = dot.hidden = !isSeen;
    if (!isSeen || drawing === undefined) return;
    const [x, y] = [drawing.scale.x(marked), drawing.scale.y(fact.value)];
    Object.assign(cursor.style, { left: `${x}px`, height: `${drawing.scale.bottom}px` });
    Object.assign(dot.style, { left: `${x}px`, top: `${y}px` });
  }
  function mark(index: number): void {
    const next = Math.min(trend.facts.length - 1, Math.max(0, index));
    if (next === marked) return;
    marked = next;
    if (marked < view.from || marked >= view.until) {
      const span = view.until - view.from;
      show({ from: marked - span / 2, until: marked + span / 2 });
    }
    place();
    told.replaceChildren(...readout(trend, marked));
  }
  /** Of several points in a column of pixels the one that is nearest. */
  function nearest(x: number, y: number): number {
    if (drawing === undefined) return 0;
    const { scale } = drawing;
    const [from, until] = [Math.floor(scale.indexAt(x - 3)), Math.ceil(scale.indexAt(x + 3))];
    let best = Math.round(scale.indexAt(x));
    let least = Infinity;
    for (let index = Math.max(0, from); index <= Math.min(until, trend.facts.length - 1); index += 1) {
      const distance = Math.hypot(scale.x(index) - x, scale.y(trend.facts[index]?.value ?? 0) - y);
      if (distance >= least) continue;
      least = distance;
      best = index;
    }
    return best;
  }

  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = trend.facts.length - 1;
    const moves: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => mark(marked < 0 ? last : marked - 1),
      ArrowRight: () => mark(marked < 0 ? 0 : marked + 1),
      Home: () => mark(0),
      End: () => mark(last),
      PageDown: () => mark(notableAfter(trend, marked, 1)),
      PageUp: () => mark(notableAfter(trend, marked < 0 ? last + 1 : marked, -1)),
      "+": () => zoom(zoomStep),
      "=": () => zoom(zoomStep),
      "-": () => zoom(1 / zoomStep),
      "0": () => show(whole),
      Enter: () => told.querySelector("a")?.focus(),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  });
  stage.addEventListener("focus", () => {
    if (marked < 0 && stage.matches(":focus-visible")) mark(trend.facts.length - 1);
  });
  let grabbed: number | undefined;
  stage.addEventListener("pointerdown", (event) => {
    grabbed = event.offsetX;
  });
  stage.addEventListener("pointermove", (event) => {
    const box = stage.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    if (grabbed === undefined || event.buttons === 0 || drawing === undefined) {
      grabbed = undefined;
      mark(nearest(x, y));
      return;
    }
    const by = drawing.scale.indexAt(grabbed) - drawing.scale.indexAt(x);
    grabbed = x;
    show({ from: view.from + by, until: view.until + by });
  });
  // The wheel alone scrolls the page; with Ctrl, as everywhere, it zooms.
  stage.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const x = event.clientX - stage.getBoundingClientRect().left;
      zoom(event.deltaY < 0 ? 1.25 : 0.8, drawing === undefined ? undefined : drawing.scale.indexAt(x) + 0.5);
    },
    { passive: false },
  );
  new ResizeObserver(() => {
    if (Math.max(240, Math.floor(stage.clientWidth)) !== drawnWidth) draw();
  }).observe(stage);
  draw();
}

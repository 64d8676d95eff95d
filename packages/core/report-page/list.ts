import { formatDuration, plural } from "../src/reports/format.ts";
import { badge, make } from "./dom.ts";
import type { Line } from "./filter.ts";
import {
  caseOf,
  durationOf,
  fileOf,
  groupsOf,
  referenceOf,
  taskOf,
  taskStatus,
  titleOf,
  withBrowser,
  type Model,
  type Row,
} from "./model.ts";

const overscan = 8;

export interface TestList {
  show(lines: readonly Line[]): void;
  /** Moves the mark by so many rows and brings it into view; returns the row it is on. */
  move(by: number): Row | undefined;
  /** Marks a row that was opened by other means. */
  mark(row: Row): void;
  readonly marked: Row | undefined;
}

/**
 * The list of all tests, of which only those on the screen are in the document: the box is as high as all rows would be, and rows
 * are placed where the window is.
 */
export function testList(model: Model, box: HTMLElement, open: (row: Row) => void): TestList {
  let lines: readonly Line[] = [];
  let active = -1;
  let height = rowHeight();
  const drawn = new Map<number, HTMLElement>();

  function rowHeight(): number {
    return Number.parseFloat(getComputedStyle(box).getPropertyValue("--row")) || 40;
  }

  function draw(): void {
    const top = box.getBoundingClientRect().top;
    const from = Math.max(0, Math.floor(-top / height) - overscan);
    const to = Math.min(lines.length, Math.ceil((window.innerHeight - top) / height) + overscan);
    for (const [index, element] of drawn) {
      if (index >= from && index < to) continue;
      element.remove();
      drawn.delete(index);
    }
    for (let index = from; index < to; index += 1) {
      const line = lines[index];
      if (line === undefined || drawn.has(index)) continue;
      const element = "row" in line ? rowElement(model, line.row) : headingElement(model, line.heading);
      element.style.transform = `translateY(${index * height}px)`;
      element.setAttribute("aria-posinset", String(index + 1));
      element.setAttribute("aria-setsize", String(lines.length));
      element.dataset["line"] = String(index);
      drawn.set(index, element);
      box.append(element);
    }
    paintActive();
  }

  function paintActive(): void {
    for (const [index, element] of drawn) {
      element.classList.toggle("active", index === active);
      if (element.getAttribute("role") === "option") element.setAttribute("aria-selected", String(index === active));
    }
    const element = drawn.get(active);
    if (element === undefined) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", element.id);
  }

  function redraw(): void {
    for (const element of drawn.values()) element.remove();
    drawn.clear();
    height = rowHeight();
    box.style.height = `${Math.max(1, lines.length) * height}px`;
    draw();
  }

  function reveal(index: number): void {
    const bar = document.querySelector(".tools")?.getBoundingClientRect().bottom ?? 0;
    const y = box.getBoundingClientRect().top + index * height;
    const margin = Math.max(bar, 0) + height;
    if (y < margin) window.scrollBy(0, y - margin);
    else if (y + 2 * height > window.innerHeight) window.scrollBy(0, y + 2 * height - window.innerHeight);
  }

  function rowAt(index: number): Row | undefined {
    const line = lines[index];
    return line !== undefined && "row" in line ? line.row : undefined;
  }

  box.addEventListener("click", (event) => {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-line]") : null;
    const row = element === null ? undefined : rowAt(Number(element.dataset["line"]));
    if (row === undefined) return;
    active = Number(element?.dataset["line"]);
    paintActive();
    open(row);
  });
  // Who comes by the keyboard must see where they are.
  box.addEventListener("focus", () => {
    if (active >= 0) return;
    active = lines.findIndex((line) => "row" in line);
    paintActive();
  });
  addEventListener("scroll", draw, { passive: true });
  addEventListener("resize", redraw);

  return {
    show(next) {
      box.classList.toggle(
        "by-file",
        next.some((line) => "heading" in line),
      );
      const kept = rowAt(active);
      lines = next;
      active = kept === undefined ? -1 : lines.findIndex((line) => "row" in line && line.row === kept);
      redraw();
    },
    move(by) {
      const step = by < 0 ? -1 : 1;
      let index = active < 0 && step < 0 ? lines.length : active;
      for (let left = Math.abs(by); left > 0; left -= 1) {
        let next = index + step;
        while (next >= 0 && next < lines.length && rowAt(next) === undefined) next += step;
        if (next < 0 || next >= lines.length) break;
        index = next;
      }
      if (rowAt(index) === undefined) return undefined;
      active = index;
      reveal(index);
      draw();
      return rowAt(index);
    },
    mark(row) {
      active = lines.findIndex((line) => "row" in line && line.row === row);
      paintActive();
    },
    get marked() {
      return rowAt(active);
    },
  };
}

function rowElement(model: Model, row: Row): HTMLElement {
  const result = caseOf(model, row);
  const groups = result === undefined ? "" : groupsOf(model, result);
  const name = make(
    "span",
    { class: "name" },
    groups === "" ? undefined : make("span", { class: "groups" }, `${groups} › `),
    make("span", { class: "title" }, titleOf(model, row)),
  );
  return make(
    "div",
    { class: "row", role: "option", id: `row-${row.index}`, "data-ref": referenceOf(row) },
    badge(row.status),
    name,
    make("span", { class: "file" }, make("bdi", {}, placeOf(model, row))),
    make("span", { class: "duration" }, formatDuration(row.duration_ms)),
  );
}

function headingElement(model: Model, row: Row): HTMLElement {
  const task = taskOf(model, row);
  const tries = task.attempts.filter(({ repetition }) => repetition === undefined).length;
  const attempts = tries > (task.parts ?? 1) ? plural(tries, "attempt") : "";
  const parts = task.parts === undefined ? "" : plural(task.parts, "part");
  return make(
    "div",
    { class: "heading", role: "presentation" },
    badge(taskStatus(task)),
    make("span", { class: "name" }, withBrowser(model, task, model.payload.strings[task.f] ?? "")),
    make("span", { class: "file" }, [parts, attempts].filter((text) => text !== "").join(" · ")),
    make("span", { class: "duration" }, formatDuration(durationOf(task))),
  );
}

function placeOf(model: Model, row: Row): string {
  return withBrowser(model, taskOf(model, row), fileOf(model, row));
}

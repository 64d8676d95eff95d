import { formatCount } from "../src/model/count.ts";
import { plural } from "../src/reports/format.ts";
import { badge, byId, make } from "./dom.ts";
import { emptyFilter, isNarrowed, linesFor, searchText, statusOrder, type Filter, type Order } from "./filter.ts";
import { testList, type TestList } from "./list.ts";
import type { Model, Row } from "./model.ts";

export interface Tools {
  readonly list: TestList;
  /** Shows the tests of one cause only. */
  showCause(cause: number): void;
  showFile(file: string): void;
  focusSearch(): void;
  /** Takes all filters back; says whether there was one. */
  clear(): boolean;
}

/** Search, filters and order above the list of tests. */
export function buildTools(model: Model, open: (row: Row) => void): Tools {
  const section = byId("tests");
  const filter: Filter = emptyFilter();
  const textOf = searchText(model);
  const search = make("input", {
    type: "search",
    id: "search",
    placeholder: "Search tests, files, messages",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": "Search tests, files, messages",
    "aria-controls": "rows",
    "aria-keyshortcuts": "/",
  });
  const shown = make("p", { class: "shown", id: "shown", role: "status" });
  const box = make("div", { id: "rows", class: "rows", role: "listbox", tabindex: "0", "aria-label": "Tests" });
  const empty = make(
    "p",
    { class: "empty", hidden: true },
    "No test matches. ",
    make("button", { class: "link", click: () => clear() }, "Show all"),
  );
  const chips = chipRow(model, filter, update);
  const cause = make("button", { class: "chip cause-chip", hidden: true, click: () => setCause(-1) });
  const suites = model.payload.suites.map((place) => model.payload.strings[place] ?? "");
  const suite = choice("Suite", ["All suites", ...suites], (value) => (filter.suite = value), update);
  const worker = choice("Worker", ["All workers", ...model.workers], (value) => (filter.worker = value), update);
  const order = make(
    "select",
    { "aria-label": "Order", change: () => setOrder() },
    make("option", { value: "worst" }, "Worst first"),
    make("option", { value: "file" }, "By file"),
    make("option", { value: "slowest" }, "Slowest first"),
  );
  const heading = make("h2", { id: "tests-title" }, "Tests ", make("small", {}, sizeOf(model)));
  const selects = make(
    "div",
    { class: "selects" },
    suites.length > 1 ? suite : undefined,
    model.workers.length > 1 ? worker : undefined,
    order,
  );
  const find = make("div", { class: "find" }, search, selects);
  section.append(
    heading,
    make("div", { class: "tools" }, find, make("div", { class: "chips" }, ...chips.elements, cause, shown)),
  );
  section.append(empty, box);
  section.hidden = false;
  const list = testList(model, box, open);

  function update(): void {
    const lines = linesFor(model, filter, textOf);
    const rows = lines.reduce((sum, line) => sum + ("row" in line ? 1 : 0), 0);
    shown.textContent = isNarrowed(filter) ? `${formatCount(rows)} shown` : "";
    empty.hidden = rows > 0;
    chips.paint();
    list.show(lines);
  }
  function setOrder(): void {
    filter.order = order.value as Order;
    update();
  }
  function setCause(place: number): void {
    filter.cause = place;
    cause.hidden = place < 0;
    const title = model.payload.causes[place]?.title ?? "";
    cause.textContent = `Cause: ${title.length > 40 ? `${title.slice(0, 39)}…` : title} ✕`;
    cause.setAttribute("aria-label", `Stop showing only the cause ${title}`);
    update();
  }
  function clear(): boolean {
    if (!isNarrowed(filter)) return false;
    Object.assign(filter, { ...emptyFilter(), order: filter.order });
    search.value = "";
    suite.selectedIndex = 0;
    worker.selectedIndex = 0;
    setCause(-1);
    return true;
  }
  function setQuery(query: string): void {
    search.value = query;
    filter.query = query;
    update();
  }

  let waiting = 0;
  search.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => setQuery(search.value));
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      box.focus({ preventScroll: true });
      list.move(1);
    }
  });
  update();

  return {
    list,
    clear,
    showCause(place) {
      clear();
      setCause(place);
      section.scrollIntoView();
    },
    showFile(file) {
      clear();
      setQuery(file);
      section.scrollIntoView();
    },
    focusSearch() {
      section.scrollIntoView();
      search.focus();
      search.select();
    },
  };
}

/** Tests, and the lines that stand for a whole file. */
function sizeOf(model: Model): string {
  const whole = model.rows.reduce((sum, row) => sum + (row.place < 0 ? 1 : 0), 0);
  const tests = formatCount(model.rows.length - whole);
  return whole === 0 ? tests : `${tests}, and ${plural(whole, "file")} as a whole`;
}

function chipRow(model: Model, filter: Filter, update: () => void): { elements: HTMLElement[]; paint: () => void } {
  const statuses = statusOrder.filter((status) => (model.counts.get(status) ?? 0) > 0);
  const chips = statuses.map((status) => {
    const count = formatCount(model.counts.get(status) ?? 0);
    const toggle = () => {
      if (!filter.statuses.delete(status)) filter.statuses.add(status);
      update();
    };
    const mark = badge(status);
    mark.setAttribute("aria-hidden", "true");
    return {
      status,
      element: make("button", { class: `chip status-${status}`, click: toggle }, mark, `${status} `, make("b", {}, count)),
    };
  });
  const paint = () => {
    for (const { status, element } of chips) element.setAttribute("aria-pressed", String(filter.statuses.has(status)));
  };
  return { elements: chips.map(({ element }) => element), paint };
}

/** A choice whose first entry stands for all. */
function choice(name: string, entries: readonly string[], set: (value: string) => void, update: () => void): HTMLSelectElement {
  const options = entries.map((entry, index) => make("option", { value: index === 0 ? "" : entry }, entry));
  const change = () => {
    set(select.value);
    update();
  };
  const select = make("select", { "aria-label": name, change }, ...options);
  return select;
}

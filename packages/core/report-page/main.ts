import { byId, make } from "./dom.ts";
import { buildDrawer } from "./drawer.ts";
import { buildKeyboard } from "./keyboard.ts";
import { readModel, referenceOf, rowFor, type Row } from "./model.ts";
import { buildTheme } from "./theme.ts";
import { buildTimeline } from "./timeline.ts";
import { buildTools } from "./tools.ts";
import { buildWorkers } from "./workers.ts";

const model = readModel(byId("data").textContent ?? "");
document.documentElement.classList.add("scripted");
document.body.append(make("p", { id: "said", class: "unseen", role: "status" }));

const timeline = document.getElementById("timeline");
const redrawTimeline = timeline === null ? () => undefined : buildTimeline(model, timeline, (task) => go(`t${task}`));
if (timeline !== null) buildWorkers(model, timeline);
const tools = buildTools(model, (row) => go(referenceOf(row)));
const drawer = buildDrawer(model, {
  move: (by) => move(by),
  showFile: (file) => tools.showFile(file),
  closed: () => history.replaceState(undefined, "", "#"),
});

/** What is open stands in the address, so that it can be sent to someone, and the browser's way back closes it. */
function go(reference: string): void {
  if (location.hash === `#${reference}`) followAddress();
  else location.hash = reference;
}

function followAddress(): void {
  const row = rowFor(model, location.hash.slice(1));
  if (row !== undefined) show(row);
  else if (drawer.isOpen) drawer.close();
}

function show(row: Row): void {
  tools.list.mark(row);
  drawer.open(row);
}

function move(by: number): void {
  const row = tools.list.move(by);
  if (row === undefined) return;
  if (!drawer.isOpen) {
    byId("rows").focus({ preventScroll: true });
    return;
  }
  history.replaceState(undefined, "", `#${referenceOf(row)}`);
  drawer.open(row);
}

const toggleTheme = buildTheme(() => redrawTimeline());
buildKeyboard({
  search: () => {
    drawer.close();
    tools.focusSearch();
  },
  move,
  open: () => {
    const { marked } = tools.list;
    if (marked !== undefined) go(referenceOf(marked));
  },
  escape: () => void tools.clear(),
  theme: () => toggleTheme(),
});
buildSections();
readableTimes();
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-show-cause]") : null;
  if (link === null) return;
  event.preventDefault();
  tools.showCause(Number(link.dataset["showCause"]));
});
addEventListener("hashchange", followAddress);
printing();
followAddress();

function buildSections(): void {
  const names = { failures: "Failures", comparison: "Compared", timeline: "Timeline", tests: "Tests" } as const;
  for (const [id, name] of Object.entries(names)) {
    if (document.getElementById(id) !== null) byId("sections").append(make("a", { href: `#${id}` }, name));
  }
}

/** On paper every cause is open, and the timeline has the colours of paper. */
function printing(): void {
  const closed: HTMLDetailsElement[] = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll<HTMLDetailsElement>("details.cause:not([open])")) {
      details.open = true;
      closed.push(details);
    }
    redrawTimeline("paper");
  });
  addEventListener("afterprint", () => {
    for (const details of closed.splice(0)) details.open = false;
    redrawTimeline();
  });
}

/** Times in the reader's own zone. */
function readableTimes(): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
    time.title = time.textContent ?? "";
    time.textContent = format.format(new Date(time.dateTime));
  }
}

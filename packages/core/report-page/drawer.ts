import { colouredText } from "../src/reports/ansi.ts";
import { evidenceLines, evidenceText } from "../src/reports/evidence.ts";
import { formatBytes, formatDuration, plural } from "../src/reports/format.ts";
import type { PageArtifact, PageAttempt, PageCase, PageMetric, PageTask } from "../src/reports/html/payload.ts";
import { badge, make } from "./dom.ts";
import {
  caseOf,
  casesOf,
  durationOf,
  fileOf,
  groupsOf,
  referenceOf,
  statusName,
  taskOf,
  titleOf,
  type Model,
  type Row,
} from "./model.ts";

export interface Drawer {
  open(row: Row): void;
  close(): void;
  readonly isOpen: boolean;
}

export interface DrawerActions {
  /** Goes to the row before or after, as the list stands. */
  move(by: number): void;
  showFile(file: string): void;
  closed(): void;
}

/** The panel with all that is known of one test. */
export function buildDrawer(model: Model, actions: DrawerActions): Drawer {
  const dialog = make("dialog", { class: "drawer", "aria-labelledby": "drawer-title" });
  document.body.append(dialog);
  dialog.addEventListener("close", () => actions.closed());
  // A click beside the panel lands on the dialog itself.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return {
    open(row) {
      dialog.replaceChildren(
        headOf(model, row, actions, () => dialog.close()),
        bodyOf(model, row, actions, () => dialog.close()),
      );
      if (!dialog.open) dialog.showModal();
      dialog.scrollTop = 0;
      dialog.querySelector<HTMLElement>(".drawer-head")?.focus();
    },
    close() {
      dialog.close();
    },
    get isOpen() {
      return dialog.open;
    },
  };
}

function headOf(model: Model, row: Row, actions: DrawerActions, close: () => void): HTMLElement {
  const result = caseOf(model, row);
  const groups = result === undefined ? "" : groupsOf(model, result);
  const title = result === undefined ? fileOf(model, row) : titleOf(model, row);
  return make(
    "div",
    { class: "drawer-head", tabindex: "-1", "data-ref": referenceOf(row) },
    make(
      "div",
      { class: "drawer-bar" },
      make("span", { class: `pill status-${row.status}` }, badge(row.status), row.status),
      make("span", { class: "spacer" }),
      make(
        "button",
        { class: "icon", title: "Previous test (k)", "aria-label": "Previous test", click: () => actions.move(-1) },
        "↑",
      ),
      make("button", { class: "icon", title: "Next test (j)", "aria-label": "Next test", click: () => actions.move(1) }, "↓"),
      make("button", { class: "icon", title: "Close (Esc)", "aria-label": "Close", click: close }, "✕"),
    ),
    groups === "" ? undefined : make("p", { class: "groups" }, groups),
    make("h2", { id: "drawer-title" }, title),
  );
}

function bodyOf(model: Model, row: Row, actions: DrawerActions, close: () => void): HTMLElement {
  const task = taskOf(model, row);
  const result = caseOf(model, row);
  const file = fileOf(model, row);
  const place = result?.[4]?.line === undefined ? file : `${file}:${result[4].line}`;
  const showFile = () => {
    close();
    actions.showFile(file);
  };
  const siblings = casesOf(task).length;
  return make(
    "div",
    { class: "drawer-body" },
    make(
      "p",
      { class: "place" },
      make("code", {}, place),
      copyButton(place),
      siblings > 1
        ? make("button", { class: "link", click: showFile }, `all ${plural(siblings, "test")} of this file`)
        : undefined,
    ),
    facts(model, row, task, result),
    metricsTable(result?.[4]?.metrics),
    task.reason === undefined ? undefined : make("p", { class: "task-reason" }, task.reason),
    reproduceBlock(result === undefined ? task.reproduce : result[4]?.reproduce),
    ...task.attempts.map((attempt) => attemptBlock(model, task, attempt, result)).reverse(),
  );
}

/** How to run it again on one's own machine. */
function reproduceBlock(commands: readonly string[] | undefined): HTMLElement | undefined {
  if (commands === undefined) return undefined;
  const names = commands.length === 1 ? ["To reproduce it"] : ["To reproduce it", "With all of its file"];
  return make(
    "div",
    { class: "reproduce" },
    ...commands.flatMap((command, index) => [
      make("span", {}, names[index] ?? "", copyButton(command)),
      make("pre", { tabindex: "0" }, make("code", {}, command)),
    ]),
  );
}

function facts(model: Model, row: Row, task: PageTask, result: PageCase | undefined): HTMLElement {
  const extra = result?.[4];
  const entries: readonly (readonly [string, string | undefined])[] = [
    ["took", formatDuration(row.duration_ms)],
    ["suite", model.payload.strings[task.s]],
    ["browser", task.browser === undefined ? undefined : model.payload.strings[task.browser]],
    ["file took", result === undefined ? undefined : formatDuration(durationOf(task))],
    ["expected", task.estimate_ms === undefined ? undefined : formatDuration(task.estimate_ms)],
    ["note", extra?.note],
    ["against the base", extra?.change ?? (result === undefined ? task.change : undefined)],
    ["owners", task.owners?.join(", ")],
    ["quarantine", extra?.quarantined],
    ["repeated", extra?.repeated],
    ["retries inside", extra?.retries === undefined ? undefined : String(extra.retries)],
    ...Object.entries(extra?.properties ?? {}),
  ];
  const shown = entries.flatMap(([name, value]) =>
    value === undefined ? [] : [make("div", {}, make("dt", {}, name), make("dd", {}, value))],
  );
  return make("dl", { class: "facts" }, ...shown);
}

function metricsTable(metrics: readonly PageMetric[] | undefined, title = "measured"): HTMLElement | undefined {
  if (metrics === undefined) return undefined;
  const head = [title, "median", "p90", "n"].map((name) => make("th", { scope: "col" }, name));
  const rows = metrics.map(([name, median, p90, n, partial]) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, partial === undefined ? name : `${name} (partial)`),
      ...[median, p90, String(n)].map((value) => make("td", {}, value)),
    ),
  );
  return make(
    "div",
    { class: "scroll" },
    make("table", { class: "matrix metrics" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)),
  );
}

function attemptBlock(model: Model, task: PageTask, attempt: PageAttempt, result: PageCase | undefined): HTMLElement {
  const status = statusName(attempt.status);
  const here = attempt.cases.find((other) => other === result) ?? attempt.cases.find((other) => isSame(other, result));
  const said = here === undefined ? "" : evidenceText(here[4]?.message ?? "", here[4]?.details ?? "");
  const { failure, log } = attempt;
  const tells_little = said === "" && failure !== undefined;
  const start = formatDuration(attempt.started_ms);
  // Of many attempts those are news that the test was in, and those that ended otherwise.
  const isNews = task.parts === undefined || here !== undefined || result === undefined;
  const open = (attempt.final === true && isNews) || (attempt.status !== task.status && attempt.repetition === undefined);
  const part = attempt.part === undefined ? "Attempt" : `Part ${attempt.part + 1} of ${task.parts ?? 1}, attempt`;
  const name = attempt.repetition === undefined ? `${part} ${attempt.n}` : `Repetition ${attempt.repetition}`;
  return make(
    "details",
    { class: "attempt", open },
    make(
      "summary",
      {},
      badge(status),
      `${name} ${attempt.duplicate === true ? "(duplicate) " : ""}`,
      make(
        "small",
        {},
        `${status} on ${model.payload.strings[attempt.w] ?? "?"} · from ${start} · ${formatDuration(attempt.duration_ms)}`,
      ),
    ),
    attempt.resumed === undefined
      ? undefined
      : make(
          "p",
          { class: "next" },
          `It went on from attempt ${attempt.resumed[0]}, and took over ${plural(attempt.resumed[1], "case")}.`,
        ),
    failure !== undefined && (tells_little || failure.kind !== "assertion")
      ? make("p", { class: "failure" }, failure.exit === undefined ? failure.message : `${failure.message} (${failure.exit})`)
      : undefined,
    said === "" ? undefined : evidenceElement(said),
    attempt.next === undefined ? undefined : make("p", { class: "next" }, `The file ${attempt.next}.`),
    metricsTable(attempt.metrics, "measured of the whole file"),
    artifactsBlock(attempt.artifacts),
    textBlock("Output", here?.[4]?.output, true),
    textBlock("Log of the file", log, tells_little),
  );
}

function artifactsBlock(artifacts: readonly PageArtifact[] | undefined): HTMLElement | undefined {
  if (artifacts === undefined) return undefined;
  const items = artifacts.map(({ name, bytes, href, shared }) =>
    make(
      "li",
      {},
      href === undefined ? make("code", {}, name) : make("a", { href, target: "_blank", rel: "noopener" }, name),
      make(
        "small",
        {},
        ` ${formatBytes(bytes)}${shared === true ? " · may be another test's, which ran in the same folder" : ""}`,
      ),
    ),
  );
  return make(
    "details",
    { class: "printed", open: true },
    make("summary", {}, plural(artifacts.length, "artifact")),
    make("ul", { class: "artifacts" }, ...items),
  );
}

function isSame(other: PageCase, result: PageCase | undefined): boolean {
  return result !== undefined && other[2] === result[2] && other[3] === result[3] && other[4]?.ordinal === result[4]?.ordinal;
}

function evidenceElement(text: string): HTMLElement {
  const lines = evidenceLines(text).map(({ kind, text: line }) => make("span", { class: `ev ev-${kind}` }, `${line}\n`));
  return make("pre", { class: "evidence", tabindex: "0", "aria-label": "Message and stack" }, ...lines);
}

function textBlock(name: string, text: string | undefined, open: boolean): HTMLElement | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const pieces = colouredText(text.replace(/\s+$/, "")).map((piece) =>
    piece.style === "" ? piece.text : make("span", { class: piece.style }, piece.text),
  );
  return make(
    "details",
    { class: "printed", open },
    make("summary", {}, name),
    make("pre", { class: "evidence", tabindex: "0", "aria-label": name }, ...pieces),
  );
}

function copyButton(text: string): HTMLElement | undefined {
  // The clipboard is there only in a secure context; a file opened from disk is one in some browsers.
  if (!("clipboard" in navigator)) return undefined;
  const button = make("button", { class: "link", "aria-label": `Copy ${text}` }, "copy");
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(text).then(
      () => (button.textContent = "copied"),
      () => (button.textContent = "not allowed here"),
    );
  });
  return button;
}

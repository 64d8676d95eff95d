import { byId, make } from "./dom.ts";

export interface KeyActions {
  search(): void;
  move(by: number): void;
  open(): void;
  /** Closes what is open, else takes filters back. */
  escape(): void;
  theme(): void;
}

const keys: readonly (readonly [string, string])[] = [
  ["/", "search"],
  ["j  k", "next, previous test"],
  ["Enter", "open the marked test"],
  ["Esc", "close, or take the filters back"],
  ["t", "theme: system, light, dark"],
  ["← → ↑ ↓", "in the timeline: from bar to bar"],
  ["+ − 0", "in the timeline: zoom in, out, all"],
  ["?", "this help"],
];

/** The page's shortcuts, and the help that lists them. */
export function buildKeyboard(actions: KeyActions): void {
  const close = make("button", { class: "icon", "aria-label": "Close", click: () => help.close() }, "✕");
  const rows = keys.map(([key, meaning]) => make("div", {}, make("dt", {}, make("kbd", {}, key)), make("dd", {}, meaning)));
  const help = make(
    "dialog",
    { class: "help", "aria-labelledby": "help-title" },
    make("div", { class: "drawer-bar" }, make("h2", { id: "help-title" }, "Keyboard"), make("span", { class: "spacer" }), close),
    make("dl", {}, ...rows),
  );
  document.body.append(help);
  byId("actions").append(
    make("button", { class: "icon", title: "Keyboard (?)", "aria-label": "Keyboard help", click: () => help.showModal() }, "?"),
  );
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { target } = event;
    const in_list = target instanceof HTMLElement && target.id === "rows";
    if (event.key === "Escape") {
      // Dialogs close by themselves; the search field's own clearing would leave the filter behind.
      if (document.querySelector("dialog[open]") === null) {
        actions.escape();
        if (target instanceof HTMLInputElement) target.blur();
      }
      return;
    }
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
    const by = stepOf(event.key, in_list);
    if (help.open) return;
    if (by !== 0) actions.move(by);
    else if (event.key === "/") actions.search();
    else if (event.key === "?") help.showModal();
    else if (event.key === "t") actions.theme();
    else if (event.key === "Enter" && (in_list || target === document.body)) actions.open();
    else return;
    event.preventDefault();
  });
}

function stepOf(key: string, in_list: boolean): number {
  if (key === "j" || (in_list && key === "ArrowDown")) return 1;
  if (key === "k" || (in_list && key === "ArrowUp")) return -1;
  if (in_list && key === "PageDown") return 15;
  if (in_list && key === "PageUp") return -15;
  return 0;
}

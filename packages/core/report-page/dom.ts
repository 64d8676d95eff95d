type Child = Node | string | undefined;
type Properties = Readonly<Record<string, string | boolean | EventListener | undefined>>;

/**
 * Makes an element. Properties are attributes; `true` sets an empty one, functions listen to the event of that name. Text is always
 * text: nothing here parses HTML.
 */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string") element.setAttribute(name, value);
  }
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

/** An element that the page is known to have. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

const glyphs: Readonly<Record<string, string>> = {
  passed: "✓",
  failed: "✕",
  errored: "!",
  flaky: "↻",
  quarantined: "⊘",
  skipped: "–",
  cancelled: "∅",
  incomplete: "…",
  lost: "✕",
  released: "↩",
  superseded: "⧉",
  running: "…",
};

/** The mark of a status: shape and colour, and its name for screen readers. */
export function badge(status: string): HTMLElement {
  return make(
    "span",
    { class: `badge status-${status}`, role: "img", "aria-label": status, title: status },
    glyphs[status] ?? "?",
  );
}

/** Leaves the text of one thing after the other, for a screen reader. */
export function say(text: string): void {
  byId("said").textContent = text;
}

import { byId, make } from "./dom.ts";

type Theme = "auto" | "light" | "dark";

const next = { auto: "light", light: "dark", dark: "auto" } as const satisfies Record<Theme, Theme>;
const marks = { auto: "◐", light: "☀", dark: "☾" } as const satisfies Record<Theme, string>;
const key = "shardwright-theme";

/** The button that goes from the system's theme to light to dark; returns the toggle for the keyboard. */
export function buildTheme(changed: () => void): () => void {
  let theme = remembered();
  const button = make("button", { class: "icon", id: "theme", click: () => toggle() });
  byId("actions").prepend(button);
  function paint(): void {
    if (theme === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    button.textContent = marks[theme];
    button.title = `Theme: ${theme === "auto" ? "as the system" : theme} (t)`;
    button.setAttribute("aria-label", button.title);
  }
  function toggle(): void {
    theme = next[theme];
    paint();
    remember(theme);
    changed();
  }
  paint();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  return toggle;
}

/** Storage may be forbidden, as in a sandboxed frame: the choice then lasts as long as the page. */
function remembered(): Theme {
  try {
    const stored = localStorage.getItem(key);
    return stored === "light" || stored === "dark" ? stored : "auto";
  } catch {
    return "auto";
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Nothing is lost but the memory of it.
  }
}

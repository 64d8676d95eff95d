import { Store } from "../data/store.ts";

/** As the reader wishes it; `system` follows the system. */
export type Theme = "system" | "light" | "dark";

const key = "shardwright-theme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

export const theme = new Store<Theme>(remembered());

function remembered(): Theme {
  try {
    const kept = localStorage.getItem(key);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    // Browsers may forbid it.
    return "system";
  }
}

function apply(): void {
  const isDark = theme.value === "dark" || (theme.value === "system" && systemIsDark.matches);
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
  dispatchEvent(new Event("themechange"));
}

/** Gives the page its colours, now and whenever the reader or the system changes them; then a `themechange` is heard on the window. */
export function followTheme(): void {
  apply();
  systemIsDark.addEventListener("change", apply);
  theme.watch(() => {
    apply();
    try {
      localStorage.setItem(key, theme.value);
    } catch {
      // It holds until the page is left.
    }
  });
}

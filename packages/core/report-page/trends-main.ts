import { byId } from "./dom.ts";
import { buildTheme } from "./theme.ts";
import { buildTrendFigure } from "./trends-figure.ts";
import { readTrends } from "./trends-model.ts";

const trends = readTrends(byId("data").textContent ?? "");
document.documentElement.classList.add("scripted");

for (const stage of document.querySelectorAll<HTMLElement>(".stage[data-series]")) {
  const trend = trends[Number(stage.dataset["series"])];
  if (trend !== undefined) buildTrendFigure(stage, trend);
}

// Colours are the style's: nothing is drawn anew.
const toggleTheme = buildTheme(() => undefined);
document.addEventListener("keydown", (event) => {
  if (event.key === "t" && !event.ctrlKey && !event.metaKey && !event.altKey) toggleTheme();
});

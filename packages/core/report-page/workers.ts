import { formatCount } from "../src/model/count.ts";
import { formatDuration, plural } from "../src/reports/format.ts";
import { make } from "./dom.ts";
import type { Model } from "./model.ts";

/** The table of workers under the timeline. */
export function buildWorkers(model: Model, panel: HTMLElement): void {
  const used = new Map<string, { attempts: number; busy_ms: number }>();
  for (const attempt of model.payload.tasks.flatMap((task) => task.attempts)) {
    const name = model.payload.strings[attempt.w] ?? "";
    const sums = used.get(name) ?? { attempts: 0, busy_ms: 0 };
    used.set(name, { attempts: sums.attempts + 1, busy_ms: sums.busy_ms + attempt.duration_ms });
  }
  const rows = model.payload.workers.map((worker) => {
    const { attempts, busy_ms } = used.get(worker.name) ?? { attempts: 0, busy_ms: 0 };
    const share = model.payload.duration_ms === 0 ? 0 : busy_ms / (model.payload.duration_ms * worker.slots);
    return make(
      "tr",
      {},
      make(
        "th",
        { scope: "row" },
        worker.name,
        worker.status === "lost" ? make("span", { class: "pill status-lost" }, "lost") : undefined,
      ),
      make("td", {}, formatCount(attempts)),
      make("td", {}, formatDuration(busy_ms)),
      make("td", {}, `${Math.min(100, Math.round(share * 100))} %`),
      make("td", { class: "about-worker" }, worker.about),
    );
  });
  const heads = ["worker", "attempts", "in tests", "busy", "machine"].map((name) => make("th", { scope: "col" }, name));
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));
  panel.append(
    make(
      "details",
      { class: "workers" },
      make("summary", {}, plural(rows.length, "worker")),
      make("div", { class: "scroll" }, table),
    ),
  );
}

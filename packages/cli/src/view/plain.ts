import type { RunEvent } from "@shardwright/core";
import { neutraliseCommands, type CiEnvironment } from "@shardwright/ci";
import { eventLines } from "./lines.ts";
import { applyEvent, countProgress, startProgress } from "./progress.ts";
import { duration, type Colors } from "./text.ts";
import type { RunView } from "./view.ts";

/** A progress line comes at the latest after this time, so that a CI system does not take a long run for a hung one. */
const quietLimit_ms = 15_000;

export interface PlainViewOptions {
  readonly write: (text: string) => void;
  readonly colors: Colors;
  readonly provider: CiEnvironment["provider"];
}

/** For CI logs and pipes: one line for each thing worth knowing, progress at each tenth or after a quiet while. */
export function plainView({ write, colors, provider }: PlainViewOptions): RunView {
  const progress = startProgress();
  let lastTenth = 0;
  let lastLine_ms = 0;
  const line = (text: string) => write(`${neutraliseCommands(provider, text)}\n`);
  return {
    event(event: RunEvent) {
      applyEvent(progress, event);
      for (const text of eventLines(event, colors)) line(text);
      if (event.type !== "attempt") return;
      const counts = countProgress(progress);
      const tenth = progress.total === 0 ? 0 : Math.floor((10 * counts.done) / progress.total);
      if (tenth === lastTenth && event.at_ms - lastLine_ms < quietLimit_ms) return;
      lastTenth = tenth;
      lastLine_ms = event.at_ms;
      const bad = counts.failed + counts.errored;
      line(
        `${String(counts.done).padStart(String(progress.total).length)}/${progress.total} done, ${bad === 0 ? "none failed" : colors.red(`${bad} failed`)} ${colors.dim(`(${duration(event.at_ms - progress.submitted_at_ms)})`)}`,
      );
    },
    say: line,
    end() {},
  };
}

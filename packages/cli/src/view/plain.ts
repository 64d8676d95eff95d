import type { RunEvent } from "@shardwright/core";
import { neutraliseCommands, type CiEnvironment } from "@shardwright/ci";
import { eventLines } from "./lines.ts";
import { applyEvent, countProgress, startProgress } from "./progress.ts";
import { duration, type Colors } from "./text.ts";
import type { RunView } from "./view.ts";

/**
 * A progress line comes at the latest after a twentieth of the time that the run has taken, between these two: a CI system does not take a
 * long run for a hung one, and nobody has to scroll past hundreds of lines that say the same.
 */
const quietLimit_ms = { shortest: 15_000, longest: 60_000 };

export interface PlainViewOptions {
  readonly write: (text: string) => void;
  readonly colors: Colors;
  readonly provider: CiEnvironment["provider"];
}

/** For CI logs and pipes: one line for each thing worth knowing, progress at each tenth and after each quiet while. */
export function plainView({ write, colors, provider }: PlainViewOptions): RunView {
  const progress = startProgress();
  let lastTenth = 0;
  let clock_ms = 0;
  const line = (text: string) => write(`${neutraliseCommands(provider, text)}\n`);
  const tell = () => {
    const { done, failed, errored } = countProgress(progress);
    const bad = failed + errored;
    const count = `${String(done).padStart(String(progress.total).length)}/${progress.total} done`;
    const time = colors.dim(`(${duration(clock_ms - progress.submitted_at_ms)})`);
    line(`${count}, ${bad === 0 ? "none failed" : colors.red(`${bad} failed`)} ${time}`);
  };
  let quiet: NodeJS.Timeout | undefined;
  const listen = () => {
    clearTimeout(quiet);
    const spent_ms = clock_ms - progress.submitted_at_ms;
    const limit_ms = Math.min(quietLimit_ms.longest, Math.max(quietLimit_ms.shortest, spent_ms / 20));
    quiet = setTimeout(() => {
      clock_ms += limit_ms;
      tell();
      listen();
    }, limit_ms).unref();
  };
  return {
    event(event: RunEvent) {
      clock_ms = Math.max(clock_ms, event.at_ms);
      applyEvent(progress, event);
      for (const text of eventLines(event, progress, colors)) line(text);
      if (quiet === undefined) listen();
      if (event.type !== "attempt") return;
      const tenth = progress.total === 0 ? 0 : Math.floor((10 * countProgress(progress).done) / progress.total);
      if (tenth === lastTenth) return;
      lastTenth = tenth;
      tell();
      listen();
    },
    say: line,
    end: () => clearTimeout(quiet),
  };
}

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
    quiet = setTimeout(() => {
      clock_ms += quietLimit_ms;
      tell();
      listen();
    }, quietLimit_ms).unref();
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

import { type Logger, pino } from "pino";

/** A log that is kept, a line an entry, for tests that look at what is told and what is not. */
export function recordedLog(lines: string[]): Logger {
  return pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
}

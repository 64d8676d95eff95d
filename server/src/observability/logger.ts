import { type Logger, destination, pino } from "pino";

export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

/** JSON lines on stderr. Headers and bodies are never written, so that no token gets there. */
export function createLogger(level: LogLevel): Logger {
  return pino(
    { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    destination({ fd: 2, sync: true }),
  );
}

import { exitSurely } from "./exit-surely.ts";

/** How long what a command left to do, such as a process to end, may keep the process from ending. */
const grace_ms = 5000;

/**
 * Ends the process although something keeps it alive, such as an interval that a plugin never cleared: a job must not hang on a verdict
 * that is known. Only what is still to be printed is waited for.
 */
export function endSoon(streams: readonly Pick<NodeJS.WriteStream, "writableLength" | "destroyed">[]): void {
  setTimeout(() => {
    if (streams.some((stream) => !stream.destroyed && stream.writableLength > 0)) endSoon(streams);
    else exitSurely(Number(process.exitCode ?? 0));
  }, grace_ms).unref();
}

/**
 * Keeps the process alive when nobody reads its output any more (`shardwright run | head -1`, a terminal that was closed): a run has
 * reports to write and a verdict to exit with, whoever listens. What cannot be written for another reason (a full disk) is lost output:
 * the process then does not end with 0.
 * @param lost called once for each stream that lost something
 */
export function surviveBrokenOutput(
  streams: readonly NodeJS.WriteStream[],
  lost: (stream: NodeJS.WriteStream, error: NodeJS.ErrnoException) => void,
): void {
  for (const stream of streams) {
    let isLost = false;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (isLost || isNobodyThere(error)) return;
      isLost = true;
      lost(stream, error);
    });
  }
}

/** A pipe without a reader, a terminal that has gone. */
function isNobodyThere({ code }: NodeJS.ErrnoException): boolean {
  return code === "EPIPE" || code === "EIO" || code === "ECONNRESET" || code === "ERR_STREAM_DESTROYED";
}

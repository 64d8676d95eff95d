import type { BlobStore } from "../blobs/blob-store.ts";
import type { AttemptRow } from "../database/queries/tasks.ts";

/** What a report keeps of the log of an attempt that passed, and of one that did not. */
const passedTail_bytes = 4 * 1024;
const otherTail_bytes = 64 * 1024;
/** What a report keeps of all logs; those of attempts that did not pass come first. */
const total_bytes = 32 * 1024 * 1024;
/** Files open at a time. */
const parallel = 16;

type Log = Pick<AttemptRow, "status" | "log_sha256">;

/** The ends of the logs of a run's attempts. */
export class LogTails {
  readonly #texts = new Map<string, string>();

  static async read(blobs: Pick<BlobStore, "tail">, attempts: readonly Log[]): Promise<LogTails> {
    const tails = new LogTails();
    const order = attempts
      .filter(({ log_sha256 }) => log_sha256 !== null)
      .toSorted((a, b) => Number(passed(a)) - Number(passed(b)));
    let left_bytes = total_bytes;
    for (let at = 0; at < order.length && left_bytes > 0; at += parallel) {
      const texts = await Promise.all(
        order.slice(at, at + parallel).map(async (attempt) => {
          const bytes = await blobs.tail(attempt.log_sha256 ?? "", passed(attempt) ? passedTail_bytes : otherTail_bytes);
          return { name: nameOf(attempt), bytes };
        }),
      );
      for (const { name, bytes } of texts) {
        if (bytes === undefined || bytes.length > left_bytes) continue;
        left_bytes -= bytes.length;
        tails.#texts.set(name, Buffer.from(bytes).toString("utf8"));
      }
    }
    return tails;
  }

  of(attempt: Log): string | undefined {
    return this.#texts.get(nameOf(attempt));
  }
}

function passed({ status }: Log): boolean {
  return status === "passed" || status === "skipped";
}

/** The same log under a failed attempt is kept longer than under a passed one. */
function nameOf(attempt: Log): string {
  return `${passed(attempt)} ${attempt.log_sha256}`;
}

import type { ReadStream } from "node:fs";
import { Tally } from "../observability/tally.ts";

/** Copies of the tables: made here, fetched from others, and handed to others. */
export class SnapshotFigures {
  readonly made = new Tally();
  readonly received = new Tally();
  /** Copies that could not be made, and fetches that did not get to their end; those go on where they were. */
  readonly failed = { made: 0, received: 0 };
  received_bytes = 0;
  sent = 0;
  /** The copy that is being fetched. */
  receiving: { bytes: number; readonly of_bytes: number } | undefined;
  readonly #sending = new Set<ReadStream>();
  #sent_bytes = 0;

  get sending(): number {
    return this.#sending.size;
  }

  get sent_bytes(): number {
    let bytes = this.#sent_bytes;
    for (const stream of this.#sending) bytes += stream.bytesRead;
    return bytes;
  }

  /** Counts a file that is handed to another member. */
  send(stream: ReadStream): ReadStream {
    this.#sending.add(stream);
    stream.once("close", () => {
      this.#sending.delete(stream);
      this.#sent_bytes += stream.bytesRead;
      if (stream.readableEnded) this.sent += 1;
    });
    return stream;
  }
}

/** What a member counts of its dealings with the others. */
export class ClusterFigures {
  /** Requests handed on to the leader: answered, not reached, broken off, and those that came here a second time. */
  readonly forwarded = { answered: 0, unreached: 0, broken: 0, refused: 0 };
  /** Requests refused because nobody led. */
  refused = 0;
  readonly snapshots: SnapshotFigures;

  constructor(snapshots: SnapshotFigures) {
    this.snapshots = snapshots;
  }
}

import type { RunEvent } from "@shardwright/core";

/** Shows a run while it goes on. The summary afterwards is the same for all views. */
export interface RunView {
  event(event: RunEvent): void;
  /** Something to say that is no event of the run: the coordinator's address, a warning. */
  say(line: string): void;
  /** Takes down what must not stay on the screen. */
  end(): void;
}

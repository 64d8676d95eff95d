import type { EventEmitter } from "node:events";
import { exitSurely } from "./exit-surely.ts";

/** A closed terminal counts as well; Windows knows Ctrl-Break beside Ctrl-C. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"] as const;

/**
 * One press of Ctrl-C can come twice: from the terminal, which signals all processes in it, and from npm or whatever else started us and
 * hands its own on. A person's second press comes later than this.
 */
const echo_ms = 400;

export interface StopOptions {
  /** Called at the first signal. */
  readonly first: () => void;
  /** Called at each later one; ends the process where it stands when absent. */
  readonly again?: () => void;
  readonly source?: Pick<EventEmitter, "on" | "off">;
  readonly now_ms?: () => number;
}

/**
 * Takes the signals that ask a process to stop, until it is released.
 * @returns releases them: the next one ends the process as it would without us
 */
export function onStopSignals({
  first,
  again = () => exitSurely(130),
  source = process,
  now_ms = () => performance.now(),
}: StopOptions): () => void {
  let began_ms: number | undefined;
  const onSignal = () => {
    if (began_ms === undefined) {
      began_ms = now_ms();
      first();
    } else if (now_ms() - began_ms >= echo_ms) again();
  };
  for (const signal of signals) source.on(signal, onSignal);
  return () => {
    for (const signal of signals) source.off(signal, onSignal);
  };
}

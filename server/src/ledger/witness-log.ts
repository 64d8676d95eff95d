import type { Index, State } from "@shardwright/raft";

export interface LogLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** How many times the limits a witness holds for a voter that is away; a machine that is small must not be filled by another one's absence. */
const patience = 4;

/**
 * How far a witness's log may go. It makes no copy of tables that could take the place of entries: it drops what every voter with tables has.
 * @param held_bytes of the entries that are in the log
 * @returns undefined when it is short enough, or what could go is not worth a write; `isMissed` when a voter lacks some of it
 */
export function droppableUpTo(
  { log, applied, floor }: Pick<State, "log" | "applied" | "floor">,
  held_bytes: number,
  limits: LogLimits,
): { readonly index: Index; readonly isMissed: boolean } | undefined {
  const held = log.last - log.base.index;
  const isOver = (times: number): boolean => held > times * limits.entries || held_bytes > times * limits.bytes;
  if (!isOver(1)) return undefined;
  const known = Math.min(applied, log.stable);
  const index = Math.min(floor, known);
  if (index - log.base.index >= held / 10) return { index, isMissed: false };
  return isOver(patience) ? { index: Math.min(known, log.base.index + Math.ceil(held / 2)), isMissed: true } : undefined;
}

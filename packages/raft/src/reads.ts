import { hasQuorum } from "./configuration.ts";
import type { Leader, State } from "./state.ts";
import type { NodeId } from "./types.ts";

/**
 * Linearizable reads without a clock (§6.4): the leader notes its commit, has a majority confirm after that moment that it still leads,
 * and whoever asked reads once that much is applied. Many reads share one round of messages.
 * @returns whether a round begins: then the leader sends to all
 */
export function addRead(state: State, role: Leader, read: { id: number; origin: NodeId }): boolean {
  // A new leader does not know yet how far its predecessors committed.
  if (state.commit < role.firstIndex) {
    role.earlyReads.push(read);
    return false;
  }
  const isRunning = role.reads.length > 0;
  role.reads.push({ ...read, index: state.commit, round: role.round + 1 });
  if (isRunning) return false;
  role.round += 1;
  return !confirmReads(state, role) && role.reads.length > 0;
}

/** The leader's first entry is committed: those who waited for it are served. @returns whether a round begins */
export function startEarlyReads(state: State, role: Leader): boolean {
  if (state.commit < role.firstIndex) return false;
  let begins = false;
  for (const read of role.earlyReads.splice(0)) begins = addRead(state, role, read) || begins;
  return begins;
}

/** Answers the reads whose round a majority confirmed. @returns whether the next round begins */
export function confirmReads(state: State, role: Leader): boolean {
  const isConfirmed = hasQuorum(
    state.log.configuration,
    (id) => id === state.id || (role.progress.get(id)?.round ?? 0) >= role.round,
  );
  if (!isConfirmed) return false;
  const later = role.reads.filter((read) => read.round > role.round);
  for (const { id, origin, index, round } of role.reads) {
    if (round > role.round) continue;
    if (origin === state.id) state.effects.reads.push({ id, index });
    else state.effects.messages.push({ type: "read-reply", from: state.id, to: origin, term: state.term, id, index });
  }
  role.reads = later;
  if (later.length === 0) return false;
  role.round += 1;
  return true;
}

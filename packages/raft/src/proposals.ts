import { isVoter, refusalOfChange } from "./configuration.ts";
import { sizeOf, sizeOfData } from "./log.ts";
import { newProgress } from "./progress.ts";
import { appendEntries, isWitness, type Leader, type State } from "./state.ts";
import type { Configuration, Entry, Refusal, Settings } from "./types.ts";

/** Appends commands to the leader's log, all or none. */
export function propose(state: State, data: readonly Uint8Array[]): void {
  const { role, settings } = state;
  if (role.kind !== "leader") return refuse(state, "not-leader");
  if (isWitness(state)) return refuse(state, "witness");
  if (role.transfer !== undefined) return refuse(state, "transferring");
  const entries = data.map((each, at): Entry => ({ index: state.log.last + 1 + at, term: state.term, kind: "data", data: each }));
  const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (!hasRoomFor(role, settings, size)) return refuse(state, "overloaded");
  role.uncommitted_bytes += size;
  accept(state, entries);
}

/** Whether a leader takes so many bytes more. Whatever is larger than the limit itself goes when nothing else waits. */
function hasRoomFor({ uncommitted_bytes }: Leader, { uncommittedLimit_bytes }: Settings, size: number): boolean {
  return uncommitted_bytes === 0 || uncommitted_bytes + size <= uncommittedLimit_bytes;
}

/** Whether these commands would be taken now: who cannot take a refusal asks first, and waits for what is under way. */
export function wouldTake(state: State, data: readonly Uint8Array[]): boolean {
  const { role, settings } = state;
  if (role.kind !== "leader" || role.transfer !== undefined || isWitness(state)) return false;
  return hasRoomFor(
    role,
    settings,
    data.reduce((sum, each) => sum + sizeOfData(each), 0),
  );
}

/**
 * Changes who belongs to the cluster, one voter at a time (§4.1). The new configuration holds from the moment it is in the log. Two
 * rules keep two leaders from changing different servers at once: one change at a time, and none before the leader has committed an
 * entry of its own term (the correction of 2015 to the dissertation's single-server algorithm).
 */
export function change(state: State, configuration: Configuration): void {
  const { role, log } = state;
  if (role.kind !== "leader") return refuse(state, "not-leader");
  if (role.transfer !== undefined) return refuse(state, "transferring");
  if (log.configurationIndex > state.commit) return refuse(state, "change-pending");
  if (state.commit < role.firstIndex) return refuse(state, "term-uncommitted");
  const refusal =
    refusalOfChange(log.configuration, configuration) ??
    (lacksWhatWitnessesDropped(state, role, configuration) ? "not-caught-up" : undefined);
  if (refusal !== undefined) return refuse(state, refusal);
  accept(state, [{ index: log.last + 1, term: state.term, kind: "configuration", configuration }]);
  followConfiguration(state, role);
}

/**
 * Whether somebody is to vote with tables who has not all that a witness may have dropped: with the witness it could win an election, and
 * nobody would have what it lacks.
 */
function lacksWhatWitnessesDropped({ log, floor }: State, role: Leader, { members }: Configuration): boolean {
  if (!members.some(({ isWitness }) => isWitness === true)) return false;
  const needed = Math.max(floor, role.firstIndex, log.base.index);
  return members.some(
    ({ id, votes, isWitness }) =>
      votes && isWitness !== true && !isVoter(log.configuration, id) && (role.progress.get(id)?.match ?? 0) < needed,
  );
}

/** A member that was added is sent to, one that was removed is not. */
function followConfiguration(state: State, role: Leader): void {
  const ids = new Set(state.log.configuration.members.map(({ id }) => id));
  for (const id of role.progress.keys()) if (!ids.has(id)) role.progress.delete(id);
  for (const id of ids) if (id !== state.id && !role.progress.has(id)) role.progress.set(id, newProgress(state.log.last));
}

/** Whether this leader has removed itself, and that is committed: then it steps down (§4.2.2). */
export function hasLeft(state: State): boolean {
  return !isVoter(state.log.configuration, state.id) && state.log.configurationIndex <= state.commit;
}

function accept(state: State, entries: readonly Entry[]): void {
  appendEntries(state, entries);
  const last = state.log.last;
  state.effects.answer = { isAccepted: true, first: last - entries.length + 1, last, term: state.term };
}

export function refuse(state: State, refusal: Refusal): void {
  state.effects.answer = { isAccepted: false, refusal, leader: state.role.kind === "leader" ? undefined : state.leader };
}

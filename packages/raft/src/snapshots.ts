import { type State, tokenOfStep } from "./state.ts";
import type { Index, Snapshot } from "./types.ts";

/** The tables are durable up to here: the log before it may go (§5.1). What is not applied stays, whatever is asked. */
export function compact(state: State, to: Index, snapshot: Snapshot | undefined): void {
  const { log, role } = state;
  const until = Math.min(to, state.applied, log.stable);
  const isShorter = until > log.base.index;
  if (state.installing !== undefined || !(isShorter || snapshot !== undefined)) return;
  // Older copies may go from now on, though the log stays as long as it is.
  if (role.kind === "leader" && snapshot !== undefined && snapshot.index > (role.offer?.index ?? 0)) role.offer = snapshot;
  state.effects.write = { ...(isShorter && { base: log.compact(until) }), ...(snapshot !== undefined && { snapshot }) };
  tokenOfStep(state);
}

/**
 * The tables have all that a snapshot holds, and the log, which lost entries, does not reach that far: the log begins where the snapshot
 * ends. Tables that are ahead of the log were read from the disk so.
 */
export function adoptBase(state: State, snapshot: Snapshot): void {
  if (snapshot.index > state.applied || snapshot.index <= state.log.last || state.installing !== undefined) return;
  const token = tokenOfStep(state);
  const { index, term, configuration } = snapshot;
  const durable = state.log.stable;
  state.log.install(snapshot);
  state.log.writing(token, durable + 1);
  state.effects.write = { base: { index, term, configuration }, dropsLog: true };
}

/** All bytes of a snapshot are here: record that, and only when the record is durable let the tables become it (§5.1). */
export function handleFetched(state: State, snapshot: Snapshot, isComplete: boolean): void {
  if (state.fetching?.digest !== snapshot.digest || state.fetching.index !== snapshot.index) return;
  state.fetching = undefined;
  // An older one than what is known by now would take committed entries back.
  if (!isComplete || snapshot.index <= state.commit || state.installing !== undefined) return;
  const token = tokenOfStep(state);
  const { configuration, index, term } = snapshot;
  // Until the record is durable, only what was committed and durable before it can be promised: the log that follows is not there yet.
  const durable = Math.min(state.commit, state.log.stable);
  const dropsLog = !state.log.install(snapshot);
  state.log.writing(token, durable + 1);
  state.commit = snapshot.index;
  state.installing = { token, snapshot };
  state.effects.write = { base: { index, term, configuration }, snapshot, dropsLog };
}

/** The record is durable: take the tables over, and tell the leader. */
export function finishInstalling(state: State, token: number): void {
  const { installing } = state;
  if (installing === undefined || installing.token > token) return;
  state.installing = undefined;
  const { snapshot } = installing;
  state.effects.restore = snapshot;
  state.applied = snapshot.index;
  state.effects.events.push({ type: "snapshot-installed", index: snapshot.index });
  if (state.role.kind !== "follower" || state.leader === undefined) return;
  state.effects.messagesAfterWrite.push({
    type: "append-reply",
    from: state.id,
    to: state.leader,
    term: state.term,
    isMatch: true,
    match: snapshot.index,
    round: 0,
  });
}

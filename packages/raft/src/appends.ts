import { adoptBase, handleFetched } from "./snapshots.ts";
import { type State, appendEntries, drawElection } from "./state.ts";
import type { Entry, Index, Message } from "./types.ts";

type Append = Extract<Message, { type: "append" }>;
type Offer = Extract<Message, { type: "snapshot" }>;

/** The leader of this term was heard. */
export function hearLeader(state: State): void {
  state.heard_ms = state.now_ms;
  drawElection(state);
}

/** Takes over what the leader sent, if the logs agree up to there (§3.5). */
export function handleAppend(state: State, message: Append): void {
  const { log } = state;
  const prevTerm = log.termAt(message.prevIndex);
  // What is before the base was committed: no leader has anything else there.
  const isKnown = message.prevIndex < log.base.index || prevTerm === message.prevTerm;
  if (!isKnown) {
    reject(state, message);
    return;
  }
  const added = newEntries(state, message.entries);
  const [first] = added;
  if (first !== undefined) {
    if (first.index <= log.last) truncate(state, first.index);
    appendEntries(state, added);
  }
  // Not one entry further than what this message proved to be equal.
  const verified = message.prevIndex + message.entries.length;
  state.commit = Math.max(state.commit, Math.min(message.commit, verified));
  state.floor = Math.max(state.floor, message.floor);
  accept(state, message, verified);
}

/** The entries that are not here yet: from the first one on that is missing or of another term. */
function newEntries(state: State, entries: readonly Entry[]): readonly Entry[] {
  const { log } = state;
  const at = entries.findIndex((entry) => entry.index > log.base.index && log.termAt(entry.index) !== entry.term);
  return at === -1 ? [] : entries.slice(at);
}

function truncate(state: State, index: Index): void {
  if (index <= state.commit) throw new Error(`entry ${index} is committed, and another one was sent for it`);
  state.log.truncateFrom(index);
}

function accept(state: State, { from, entries, round }: Append, verified: Index): void {
  const reply: Message = {
    type: "append-reply",
    from: state.id,
    to: from,
    term: state.term,
    isMatch: true,
    match: verified,
    round,
  };
  if (entries.length === 0 && state.hardToken === undefined)
    // A heartbeat promises only what is durable already, so its answer waits for no write: a slow disk is not taken for death.
    state.effects.messages.push({ ...reply, match: Math.min(verified, state.log.stable) });
  else state.effects.messagesAfterWrite.push(reply);
}

function reject(state: State, { from, prevIndex, prevTerm, round }: Append): void {
  const { log } = state;
  const hintIndex = log.lastWithTermUpTo(prevIndex, prevTerm);
  state.effects.messagesAfterWrite.push({
    type: "append-reply",
    from: state.id,
    to: from,
    term: state.term,
    isMatch: false,
    rejected: prevIndex,
    hintIndex,
    hintTerm: log.termAt(hintIndex) ?? 0,
    hasLost: state.loss !== undefined,
    round,
  });
}

/** Fetches what the leader offers, unless it has all of it, or is at it already. */
export function handleOffer(state: State, { from, snapshot, round }: Offer): void {
  adoptBase(state, snapshot);
  if (snapshot.index <= state.commit) {
    state.effects.messagesAfterWrite.push({
      type: "append-reply",
      from: state.id,
      to: from,
      term: state.term,
      isMatch: true,
      match: Math.min(state.commit, state.log.stable),
      round,
    });
    return;
  }
  const isNew = state.fetching?.digest !== snapshot.digest || state.fetching.index !== snapshot.index;
  if (isNew && state.installing === undefined) {
    state.fetching = snapshot;
    if (snapshot.bytes === 0) handleFetched(state, snapshot, true);
    else state.effects.fetch = { from, snapshot };
  }
  // The leader is heard and confirmed, whatever the bytes do.
  state.effects.messages.push({
    type: "append-reply",
    from: state.id,
    to: from,
    term: state.term,
    isMatch: true,
    match: 0,
    round,
  });
}

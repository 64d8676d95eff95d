import { memberOf, quorumValue } from "./configuration.ts";
import { type Progress, toProbe, toReplicate, toSnapshot } from "./progress.ts";
import { startEarlyReads } from "./reads.ts";
import { sizeOf } from "./log.ts";
import type { Leader, State } from "./state.ts";
import { askIfCaughtUp } from "./transfer.ts";
import type { Index, Message, NodeId, Snapshot } from "./types.ts";

type Reply = Extract<Message, { type: "append-reply" }>;

/** Sends to each member what it does not have, as far as its window allows. */
export function sendNews(state: State): void {
  if (state.role.kind !== "leader") return;
  for (const [id, progress] of state.role.progress) sendEntries(state, state.role, id, progress);
}

/** Tells each member that the leader is there: always, or one that is taken for dead would never be heard of again. */
export function sendHeartbeats(state: State, role: Leader): void {
  for (const [id, progress] of role.progress) {
    progress.isWaiting = false;
    if (progress.mode === "snapshot") offerSnapshot(state, role, id, progress);
    else if (!sendEntries(state, role, id, progress)) sendAppend(state, role, id, progress.next - 1, false);
  }
}

/** @returns whether a message went out */
function sendEntries(state: State, role: Leader, id: NodeId, progress: Progress): boolean {
  const { log, settings } = state;
  if (progress.mode === "snapshot") return false;
  if (progress.next <= log.base.index) {
    toSnapshot(progress);
    offerSnapshot(state, role, id, progress);
    return true;
  }
  if (progress.mode === "probe") {
    if (progress.isWaiting) return false;
    progress.isWaiting = true;
    sendAppend(state, role, id, progress.next - 1, true);
    return true;
  }
  let hasSent = false;
  while (progress.next <= log.last && progress.inFlight.length < settings.inFlightLimit) {
    const last = sendAppend(state, role, id, progress.next - 1, true);
    progress.next = last + 1;
    progress.inFlight.push(last);
    hasSent = true;
  }
  return hasSent;
}

/** @returns the last index sent */
function sendAppend(state: State, role: Leader, to: NodeId, prevIndex: Index, withEntries: boolean): Index {
  const { log, settings } = state;
  const prevTerm = log.termAt(prevIndex);
  if (prevTerm === undefined) throw new Error(`entry ${prevIndex} is not in the log any more`);
  const entries = withEntries ? log.from(prevIndex + 1, settings.messageLimit_bytes) : [];
  const progress = role.progress.get(to);
  if (progress !== undefined) progress.told = state.commit;
  state.floor = Math.max(state.floor, floorOf(state, role));
  state.effects.messages.push({
    type: "append",
    from: state.id,
    to,
    term: state.term,
    prevIndex,
    prevTerm,
    entries,
    commit: state.commit,
    round: role.round,
    floor: state.floor,
  });
  return prevIndex + entries.length;
}

/**
 * A learner that keeps up counts too, or it would never have what a witness dropped meanwhile. One that is gone does not: a witness is small.
 */
function floorOf(state: State, role: Leader): Index {
  let floor = state.log.stable;
  for (const { id, votes, isWitness } of state.log.configuration.members) {
    const progress = role.progress.get(id);
    const counts = votes || (progress?.mode === "replicate" && progress.isActive);
    if (isWitness !== true && id !== state.id && counts) floor = Math.min(floor, progress?.match ?? 0);
  }
  return floor;
}

/** SHA-256 of nothing. */
const digestOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Names the snapshot that a member needs, or has one made; a heartbeat as well, for the member may be fetching already. */
function offerSnapshot(state: State, role: Leader, to: NodeId, progress: Progress): void {
  const { log } = state;
  if (memberOf(log.configuration, to)?.isWitness === true) {
    // Where this log begins: the witness then holds as much as there is, for those that may need it from there.
    sendOffer(state, role, to, { ...log.base, bytes: 0, digest: digestOfNothing });
    return;
  }
  if (role.offer !== undefined && role.offer.index < log.base.index) role.offer = undefined;
  if (role.offer !== undefined && role.offer.index > progress.match) {
    sendOffer(state, role, to, role.offer);
    return;
  }
  if (!state.isMakingSnapshot) {
    state.isMakingSnapshot = true;
    state.effects.makesSnapshot = true;
  }
  state.effects.messages.push({
    type: "append",
    from: state.id,
    to,
    term: state.term,
    prevIndex: 0,
    prevTerm: 0,
    entries: [],
    commit: 0,
    round: role.round,
    floor: 0,
  });
}

function sendOffer(state: State, { round }: Leader, to: NodeId, snapshot: Snapshot): void {
  state.effects.messages.push({ type: "snapshot", from: state.id, to, term: state.term, snapshot, round });
}

/** The snapshot that was asked for is there, or could not be made: then the next heartbeat asks again. */
export function handleSnapshotMade(state: State, snapshot: Leader["offer"]): void {
  const { role } = state;
  state.isMakingSnapshot = false;
  if (role.kind !== "leader") return;
  if (snapshot === undefined || snapshot.index < state.log.base.index) return;
  role.offer = snapshot;
  for (const [id, progress] of role.progress) if (progress.mode === "snapshot") offerSnapshot(state, role, id, progress);
}

export function handleAppendReply(state: State, message: Reply): void {
  const { role } = state;
  if (role.kind !== "leader") return;
  const progress = role.progress.get(message.from);
  if (progress === undefined) return;
  progress.isActive = true;
  progress.round = Math.max(progress.round, message.round);
  if (message.isMatch) advance(state, progress, message.match);
  else goBack(state, progress, message);
  askIfCaughtUp(state, role);
}

function advance(state: State, progress: Progress, match: Index): void {
  progress.match = Math.max(progress.match, match);
  progress.inFlight = progress.inFlight.filter((last) => last > match);
  if (progress.mode === "probe" && match >= progress.next - 1) toReplicate(progress);
  if (progress.mode === "snapshot" && progress.match >= state.log.base.index) toReplicate(progress);
  progress.next = Math.max(progress.next, progress.match + 1);
}

/** The logs part before what was sent: go to where they may still agree, a term at a time. */
function goBack(state: State, progress: Progress, message: Reply & { isMatch: false }): void {
  const { log } = state;
  if (progress.mode === "snapshot") return;
  if (message.hasLost) progress.match = Math.min(progress.match, message.hintIndex);
  else if (message.rejected <= progress.match) return;
  // A reply to a message that was overtaken.
  if (progress.mode === "probe" && message.rejected !== progress.next - 1) return;
  const agreed = log.lastWithTermUpTo(Math.min(message.hintIndex, message.rejected), message.hintTerm);
  toProbe(progress, Math.min(agreed, message.rejected - 1) + 1);
}

/** Commits what a majority has made durable, if it is of this term: older entries are committed with it, never by count (§3.6.2). */
export function maybeCommit(state: State): void {
  const { role, log } = state;
  if (role.kind !== "leader") return;
  const index = quorumValue(log.configuration, (id) => (id === state.id ? log.stable : (role.progress.get(id)?.match ?? 0)));
  if (index <= state.commit || log.termAt(index) !== state.term) return;
  for (const entry of log.between(Math.max(state.commit + 1, role.firstIndex), index))
    role.uncommitted_bytes -= entry.kind === "data" ? sizeOf(entry) : 0;
  state.commit = index;
  if (startEarlyReads(state, role)) sendHeartbeats(state, role);
}

/** Those who have everything would not hear of a commit before the next heartbeat. */
export function tellCommit(state: State): void {
  const { role, log } = state;
  if (role.kind !== "leader") return;
  for (const [id, progress] of role.progress)
    if (progress.told < state.commit && progress.mode === "replicate" && progress.match === log.last)
      sendAppend(state, role, id, log.last, false);
}

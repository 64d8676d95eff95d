import { handleAppend, handleOffer, hearLeader } from "./appends.ts";
import {
  campaign,
  countOwnVote,
  handleVoteReply,
  handleVoteRequest,
  holdElection,
  holdsOnToLeader,
  refuseVote,
} from "./election.ts";
import { becomeFollower, forgetLeader } from "./follower.ts";
import { tickLeader } from "./leader.ts";
import { change, hasLeft, propose, refuse } from "./proposals.ts";
import { addRead, confirmReads } from "./reads.ts";
import { handleAppendReply, handleSnapshotMade, maybeCommit, sendHeartbeats, sendNews, tellCommit } from "./replication.ts";
import { compact, finishInstalling, handleFetched } from "./snapshots.ts";
import { isRepaired, noEffects, type State, tokenOfStep } from "./state.ts";
import { beginTransfer, handOverIfWitness } from "./transfer.ts";
import type { Effects, Input, Message, NodeId } from "./types.ts";

/**
 * One step of a node: takes an input, changes the state, and says what the world is to do. Reads no clock and rolls no dice but those it
 * was given; the same inputs give the same effects.
 * @param now_ms a clock that does not go back
 */
export function step(state: State, now_ms: number, input: Input): Effects {
  state.now_ms = Math.max(state.now_ms, now_ms);
  state.effects = noEffects();
  take(state, input);
  settle(state);
  return finish(state);
}

/** When the node wants to be stepped again, if nothing comes before. */
export function nextDeadline_ms({ role, election_ms }: State): number {
  if (role.kind !== "leader") return election_ms;
  // A node that is alone has nobody to talk to.
  if (role.progress.size === 0) return Number.POSITIVE_INFINITY;
  return Math.min(role.heartbeat_ms, role.quorumCheck_ms, role.transfer?.end_ms ?? Number.POSITIVE_INFINITY);
}

function take(state: State, input: Input): void {
  const { role } = state;
  switch (input.type) {
    case "tick":
      if (role.kind === "leader") tickLeader(state, role);
      else if (state.now_ms >= state.election_ms) campaign(state);
      break;
    case "receive":
      receive(state, input.message);
      break;
    case "propose":
      propose(state, input.data);
      break;
    case "change":
      change(state, input.configuration);
      break;
    case "read":
      read(state, state.id, input.id);
      break;
    case "transfer": {
      const refusal = role.kind === "leader" ? beginTransfer(state, role, input.to) : "not-leader";
      if (refusal !== undefined) refuse(state, refusal);
      break;
    }
    case "campaign":
      campaign(state);
      break;
    case "leader-gone":
      if (role.kind === "follower" && state.leader === input.leader) forgetLeader(state);
      break;
    case "persisted":
      persisted(state, input.token);
      break;
    case "compact":
      compact(state, input.to, input.snapshot);
      break;
    case "snapshot-made":
      handleSnapshotMade(state, input.snapshot);
      break;
    case "snapshot-fetched":
      handleFetched(state, input.snapshot, input.isComplete);
      break;
  }
}

function persisted(state: State, token: number): void {
  if (state.hardToken !== undefined && state.hardToken <= token) state.hardToken = undefined;
  state.log.persisted(token);
  finishInstalling(state, token);
  countOwnVote(state, token);
}

function read(state: State, origin: NodeId, id: number): void {
  const { role } = state;
  if (role.kind === "leader") {
    if (addRead(state, role, { id, origin })) sendHeartbeats(state, role);
  } else if (origin === state.id && state.leader !== undefined)
    state.effects.messages.push({ type: "read", from: state.id, to: state.leader, term: state.term, id });
}

function receive(state: State, message: Message): void {
  if (message.to !== state.id) return;
  const isDisturbance = message.type === "vote" && !message.isTransfer && message.term >= state.term;
  if (isDisturbance && holdsOnToLeader(state)) return;
  if (message.term > state.term) {
    if (message.type === "vote") {
      if (message.phase === "real") becomeFollower(state, message.term, undefined);
    } else if (!isGrantedInAdvance(message)) becomeFollower(state, message.term, undefined);
  } else if (message.term < state.term) {
    answerThePast(state, message);
    return;
  }
  dispatch(state, message);
}

/** Its term is the one that was asked for, not one that began. */
function isGrantedInAdvance(message: Message): boolean {
  return message.type === "vote-reply" && message.phase === "pre" && message.isGranted;
}

/** Who is behind learns the term: a leader steps down, a candidate that got stuck in a higher one is freed by that. */
function answerThePast(state: State, message: Message): void {
  if (message.type === "vote") refuseVote(state, message);
  else if (message.type === "append" || message.type === "snapshot")
    state.effects.messagesAfterWrite.push({
      type: "append-reply",
      from: state.id,
      to: message.from,
      term: state.term,
      isMatch: false,
      rejected: 0,
      hintIndex: 0,
      hintTerm: 0,
      hasLost: false,
      round: 0,
    });
}

function dispatch(state: State, message: Message): void {
  switch (message.type) {
    case "vote":
      handleVoteRequest(state, message);
      break;
    case "vote-reply":
      handleVoteReply(state, message);
      break;
    case "append":
    case "snapshot":
      if (state.role.kind !== "follower" || state.leader !== message.from) becomeFollower(state, state.term, message.from);
      hearLeader(state);
      if (message.type === "append") handleAppend(state, message);
      else handleOffer(state, message);
      break;
    case "append-reply":
      handleAppendReply(state, message);
      break;
    case "read":
      read(state, message.from, message.id);
      break;
    case "read-reply":
      state.effects.reads.push({ id: message.id, index: message.index });
      break;
    case "timeout-now":
      holdElection(state, true);
      break;
  }
}

/** What follows from any step: commits, news for the others, entries to apply. */
function settle(state: State): void {
  if (state.role.kind === "leader") {
    maybeCommit(state);
    // The others may have answered, or fewer may be needed by now.
    if (confirmReads(state, state.role)) sendHeartbeats(state, state.role);
    sendNews(state);
    tellCommit(state);
    handOverIfWitness(state, state.role);
    if (hasLeft(state)) becomeFollower(state, state.term, undefined);
  }
  if (state.installing !== undefined) return;
  if (isRepaired(state)) {
    state.loss = undefined;
    state.effects.write = { ...state.effects.write, isRepaired: true };
    tokenOfStep(state);
  }
  // A node's tables are never ahead of its own durable log.
  const until = Math.min(state.commit, state.log.stable);
  if (until <= state.applied) return;
  state.effects.apply.push(...state.log.between(state.applied + 1, until));
  state.applied = until;
}

function finish({ effects }: State): Effects {
  const { hard, entries, token, write, messages, messagesAfterWrite, restore, apply, fetch, makesSnapshot } = effects;
  return {
    messages,
    write:
      token === undefined
        ? undefined
        : { token, ...write, ...(hard === undefined ? {} : { hard }), ...(entries.length === 0 ? {} : { entries }) },
    messagesAfterWrite,
    restore,
    apply,
    fetch,
    makesSnapshot,
    reads: effects.reads,
    answer: effects.answer,
    events: effects.events,
  };
}

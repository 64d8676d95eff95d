import { hasQuorum } from "./configuration.ts";
import { becomeLeader } from "./leader.ts";
import { becomeFollower } from "./follower.ts";
import { drawElection, mayCampaign, setHard, type State, tokenOfStep } from "./state.ts";
import type { Message, Term } from "./types.ts";

type VoteRequest = Extract<Message, { type: "vote" }>;
type VoteReply = Extract<Message, { type: "vote-reply" }>;

/** The leader was silent for too long: ask whether an election could be won, and only then hold one (§9.6). */
export function campaign(state: State): void {
  drawElection(state);
  if (state.role.kind === "leader" || !mayCampaign(state)) return;
  state.leader = undefined;
  state.role = { kind: "candidate", phase: "pre", isTransfer: false, votes: new Map([[state.id, true]]), ownVote: undefined };
  state.effects.events.push({ type: "became-candidate", term: state.term, phase: "pre" });
  requestVotes(state, "pre", state.term + 1, false);
  count(state);
}

/** Holds an election (§3.4); `isTransfer` when the leader asked for it. */
export function holdElection(state: State, isTransfer: boolean): void {
  drawElection(state);
  if (state.role.kind === "leader" || !mayCampaign(state)) return;
  state.leader = undefined;
  setHard(state, state.term + 1, state.id);
  state.role = { kind: "candidate", phase: "real", isTransfer, votes: new Map(), ownVote: tokenOfStep(state) };
  state.effects.events.push({ type: "became-candidate", term: state.term, phase: "real" });
  requestVotes(state, "real", state.term, isTransfer);
}

function requestVotes(state: State, phase: "pre" | "real", term: Term, isTransfer: boolean): void {
  for (const { id, votes } of state.log.configuration.members) {
    if (!votes || id === state.id) continue;
    const { last: lastIndex, lastTerm } = state.log;
    const request: Message = { type: "vote", from: state.id, to: id, term, phase, isTransfer, lastIndex, lastTerm };
    // Whoever sees the term must find the vote on the disk.
    state.effects.messagesAfterWrite.push(request);
  }
}

/** The write with the vote for itself is durable: now it counts. */
export function countOwnVote(state: State, token: number): void {
  if (state.role.kind !== "candidate" || state.role.ownVote === undefined || state.role.ownVote > token) return;
  state.role.votes.set(state.id, true);
  count(state);
}

/**
 * Whether a leader is heard: then nobody helps to depose it, so that a member which cannot hear it, or was removed, disturbs nobody
 * (§4.2.3). A leader holds on to itself as long as it has its quorum.
 */
export function holdsOnToLeader(state: State): boolean {
  return state.role.kind === "leader" || state.now_ms < state.heard_ms + state.settings.electionMin_ms;
}

/** Answers a request of the node's own term, or of a higher one for a `pre` request. */
export function handleVoteRequest(state: State, message: VoteRequest): void {
  const { phase, from } = message;
  const isFree = phase === "pre" ? message.term > state.term : state.vote === undefined || state.vote === from;
  const isGranted = isFree && state.log.isUpToDate(message.lastIndex, message.lastTerm) && state.loss === undefined;
  if (isGranted && phase === "real") {
    setHard(state, state.term, from);
    drawElection(state);
  }
  reply(state, message, isGranted);
}

/** A request from the past, or for nothing: its sender learns the term. */
export function refuseVote(state: State, message: VoteRequest): void {
  reply(state, message, false);
}

function reply(state: State, { from, term, phase }: VoteRequest, isGranted: boolean): void {
  state.effects.messagesAfterWrite.push({
    type: "vote-reply",
    from: state.id,
    to: from,
    term: isGranted ? term : state.term,
    phase,
    isGranted,
  });
}

export function handleVoteReply(state: State, message: VoteReply): void {
  const { role } = state;
  if (role.kind !== "candidate" || role.phase !== message.phase) return;
  if (message.isGranted && message.term !== (role.phase === "pre" ? state.term + 1 : state.term)) return;
  role.votes.set(message.from, message.isGranted);
  count(state);
}

function count(state: State): void {
  const { role } = state;
  if (role.kind !== "candidate") return;
  const { configuration } = state.log;
  if (hasQuorum(configuration, (id) => role.votes.get(id) === true)) {
    if (role.phase === "pre") holdElection(state, false);
    else becomeLeader(state);
  } else if (hasQuorum(configuration, (id) => role.votes.get(id) === false)) becomeFollower(state, state.term, undefined);
}

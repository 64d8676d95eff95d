import { drawElection, isWitness, setHard, type State } from "./state.ts";
import type { NodeId, Term } from "./types.ts";

/** Follows a term, and its leader if it is known. A new term forgets the vote. */
export function becomeFollower(state: State, term: Term, leader: NodeId | undefined): void {
  if (term > state.term) setHard(state, term, undefined);
  const isChange = state.role.kind !== "follower" || state.leader !== leader;
  if (state.role.kind === "leader") drawElection(state);
  state.role = { kind: "follower" };
  state.leader = leader;
  if (isChange) state.effects.events.push({ type: "became-follower", term, leader });
}

/** Holds on to its leader no longer, and stands for election within a heartbeat: at random, so that one is first. */
export function forgetLeader(state: State): void {
  state.leader = undefined;
  state.heard_ms = Number.NEGATIVE_INFINITY;
  state.election_ms = state.now_ms + (state.random() + (isWitness(state) ? 1 : 0)) * state.settings.heartbeat_ms;
}

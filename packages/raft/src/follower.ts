import { drawElection, setHard, type State } from "./state.ts";
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

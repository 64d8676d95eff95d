import { isVoter, votersOf } from "./configuration.ts";
import { type Leader, type State, isWitness } from "./state.ts";
import type { NodeId, Refusal } from "./types.ts";

/**
 * Hands leadership over (§3.10): nothing new is accepted, and once the other member has everything it is told to hold an election at
 * once. If that does not happen within an election timeout, this node goes on.
 */
export function beginTransfer(state: State, role: Leader, wanted: NodeId | undefined): Refusal | undefined {
  const to = wanted ?? furthest(state, role);
  if (to === undefined || to === state.id || !isVoter(state.log.configuration, to)) return "not-a-voter";
  if (role.transfer !== undefined && role.transfer.to !== to) return "transferring";
  role.transfer ??= { to, end_ms: state.now_ms + state.settings.electionMin_ms, isAsked: false };
  askIfCaughtUp(state, role);
  return undefined;
}

/** The voter that is heard and has the most, one with tables before a witness. */
function furthest(state: State, role: Leader): NodeId | undefined {
  const candidates = votersOf(state.log.configuration).flatMap(({ id, isWitness }) => {
    const progress = role.progress.get(id);
    return progress?.isActive === true ? [{ id, isWitness: isWitness === true, match: progress.match }] : [];
  });
  candidates.sort(
    (first, second) =>
      Number(first.isWitness) - Number(second.isWitness) || second.match - first.match || (first.id < second.id ? -1 : 1),
  );
  return candidates[0]?.id;
}

export function askIfCaughtUp(state: State, role: Leader): void {
  const { transfer } = role;
  if (transfer === undefined || transfer.isAsked || role.progress.get(transfer.to)?.match !== state.log.last) return;
  transfer.isAsked = true;
  state.effects.messages.push({ type: "timeout-now", from: state.id, to: transfer.to, term: state.term });
}

/** A witness has no tables to serve from: as soon as it leads, it looks for one that has. */
export function handOverIfWitness(state: State, role: Leader): void {
  if (role.transfer !== undefined || state.commit < role.firstIndex || !isWitness(state)) return;
  const to = furthest(state, role);
  if (to !== undefined) beginTransfer(state, role, to);
}

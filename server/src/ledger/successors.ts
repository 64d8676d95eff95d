import { type NodeId, type State, quorumOf, votersOf } from "@shardwright/raft";

/**
 * Who could lead instead of this leader, whose own disk does not answer: the voters that are heard, those with tables first, then those that
 * have the most. Nobody, if they are no majority without this node: it could not vote either.
 */
export function successors({ id, role, log }: State, isHeard: (id: NodeId) => boolean): NodeId[] {
  if (role.kind !== "leader") return [];
  const heard = votersOf(log.configuration).filter((voter) => voter.id !== id && isHeard(voter.id));
  if (heard.length < quorumOf(log.configuration)) return [];
  const matchOf = (of: NodeId) => role.progress.get(of)?.match ?? 0;
  return heard
    .toSorted(
      (one, other) => Number(one.isWitness === true) - Number(other.isWitness === true) || matchOf(other.id) - matchOf(one.id),
    )
    .map((voter) => voter.id);
}

import type { Configuration, Member, NodeId, Refusal } from "./types.ts";

export function memberOf(configuration: Configuration, id: NodeId): Member | undefined {
  return configuration.members.find((member) => member.id === id);
}

export function isVoter(configuration: Configuration, id: NodeId): boolean {
  return memberOf(configuration, id)?.votes === true;
}

export function votersOf(configuration: Configuration): readonly Member[] {
  return configuration.members.filter((member) => member.votes);
}

/** Voters without tables. */
export function witnessesOf(configuration: Configuration): readonly Member[] {
  return votersOf(configuration).filter(({ isWitness }) => isWitness === true);
}

/** How many voters are a majority. */
export function quorumOf(configuration: Configuration): number {
  return Math.floor(votersOf(configuration).length / 2) + 1;
}

/** Whether a majority of the voters is among those for which `holds` is true. */
export function hasQuorum(configuration: Configuration, holds: (id: NodeId) => boolean): boolean {
  return votersOf(configuration).filter((member) => holds(member.id)).length >= quorumOf(configuration);
}

/** The highest value that a majority of the voters has reached. */
export function quorumValue(configuration: Configuration, valueOf: (id: NodeId) => number): number {
  const values = votersOf(configuration).map((member) => valueOf(member.id));
  values.sort((first, second) => second - first);
  return values[quorumOf(configuration) - 1] ?? 0;
}

/**
 * Whether the cluster may go from one configuration to the other in a single step: voters differ by one server at most, so that any
 * majority of one shares a server with any majority of the other (§4.1).
 */
export function refusalOfChange(from: Configuration, to: Configuration): Refusal | undefined {
  if (votersOf(to).every(({ isWitness }) => isWitness)) return "no-voter";
  if (new Set(to.members.map(({ id }) => id)).size !== to.members.length) return "not-one-step";
  // Tables do not come or go with a word: who is to have them leaves, and joins again.
  if (to.members.some((member) => isTurned(memberOf(from, member.id), member))) return "not-one-step";
  const before = new Set(votersOf(from).map(({ id }) => id));
  const after = new Set(votersOf(to).map(({ id }) => id));
  const changed = [...before].filter((id) => !after.has(id)).length + [...after].filter((id) => !before.has(id)).length;
  if (changed > 1) return "not-one-step";
  // What is committed has to be where tables are as well.
  return witnessesOf(to).length * 2 > votersOf(to).length ? "too-many-witnesses" : undefined;
}

function isTurned(before: Member | undefined, after: Member): boolean {
  return before !== undefined && (before.isWitness === true) !== (after.isWitness === true);
}

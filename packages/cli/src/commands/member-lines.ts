import type { ClusterStatus } from "@shardwright/core";

export interface Teller {
  /** Who tells it, and whether that one leads. */
  readonly id: string;
  readonly isLeader: boolean;
  readonly commit: number;
  readonly leader: string | undefined;
}

/** A line for each member of a cluster, for people: the star is at the leader. */
export function memberLines(members: ClusterStatus["members"], { id, isLeader, commit, leader }: Teller): string[] {
  const width = Math.max(...members.map((member) => member.id.length), 2);
  return members.map((member) => {
    const mark = member.id === leader ? "*" : " ";
    const unheard = isLeader && member.id !== id ? "  not heard yet" : "";
    const lag = member.match === undefined ? unheard : `  ${commit - Math.min(member.match, commit)} behind`;
    const heard = member.last_contact_ms === undefined ? "" : `  heard ${(member.last_contact_ms / 1000).toFixed(1)} s ago`;
    const version = member.version === undefined ? "" : `  version ${member.version}`;
    const facts = member.facts === undefined ? "" : `  facts ${member.facts}`;
    return `${mark} ${member.id.padEnd(width)}  ${member.role.padEnd(7)}  ${member.address}${lag}${heard}${version}${facts}`;
  });
}

import type { ClusterStatus } from "@shardwright/core";

export interface Teller {
  /** Who tells it, and whether that one leads. */
  readonly id: string;
  readonly isLeader: boolean;
  readonly commit: number;
  readonly leader: string | undefined;
}

function describeHealth({ score, terms }: NonNullable<ClusterStatus["members"][number]["health"]>): string {
  const costs = terms.filter(({ cost }) => cost > 0).toSorted((one, other) => other.cost - one.cost);
  return costs.length === 0 ? String(score) : `${score} (${costs.map(({ name, cost }) => `${name} −${cost}`).join(", ")})`;
}

function inGib(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(1);
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
    const health = member.health === undefined ? "" : `  health ${describeHealth(member.health)}`;
    const disk =
      member.disk === undefined ? "" : `  disk ${inGib(member.disk.free_bytes)} of ${inGib(member.disk.size_bytes)} GiB free`;
    return `${mark} ${member.id.padEnd(width)}  ${member.role.padEnd(7)}  ${member.address}${lag}${heard}${version}${facts}${health}${disk}`;
  });
}

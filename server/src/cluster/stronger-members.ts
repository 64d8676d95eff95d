import type { Member, NodeId } from "@shardwright/raft";

/** The members, and what their leader sees of them. */
export interface MembersSeen {
  readonly members: readonly Member[];
  /** Not heard for so long that they are replaced. */
  readonly silent: ReadonlySet<NodeId>;
  /** Learners that have kept up, and are heard. */
  readonly ready: ReadonlySet<NodeId>;
}

/** The next change, of one member, that makes the cluster stronger: an odd number of voters, all of them there; undefined for none. */
export function strongerMembers({ members, silent, ready }: MembersSeen): readonly Member[] | undefined {
  const voters = members.filter(({ votes }) => votes);
  const without = (gone: Member): readonly Member[] => members.filter((member) => member !== gone);
  // The same name on another disk: the disk of before is gone, and with it what it promised.
  const replaced = members.find(
    (member) => silent.has(member.id) && members.some((other) => other !== member && nameOf(other.id) === nameOf(member.id)),
  );
  if (replaced !== undefined && (!replaced.votes || canVote(voters.filter((voter) => voter !== replaced))))
    return without(replaced);
  const isOdd = voters.length % 2 === 1;
  const gone = voters.find((voter) => silent.has(voter.id) && canVote(voters.filter((other) => other !== voter)));
  if (!isOdd && gone !== undefined && voters.length > 2) return without(gone);
  // Those with tables first: a witness only helps when there are two of them.
  const learners = members
    .filter((member) => !member.votes && ready.has(member.id))
    .toSorted((one, other) => Number(one.isWitness === true) - Number(other.isWitness === true));
  const promote = (learner: Member | undefined): readonly Member[] | undefined =>
    learner === undefined ? undefined : members.map((member) => (member === learner ? { ...member, votes: true } : member));
  // With an even number one more voter costs nothing.
  if (!isOdd) return promote(learners.find((learner) => areSound([...voters, learner])));
  // With an odd one two more are needed to bear one more loss, or one for somebody who is gone.
  const left = voters.filter((voter) => voter !== gone);
  if (gone !== undefined) return promote(learners.find((learner) => areSound([...left, learner])));
  return promote(
    learners.find((learner) => learners.some((other) => other !== learner && areSound([...voters, learner, other]))),
  );
}

/** Whether consensus takes these for voters: one with tables, and no more witnesses than those. */
function canVote(voters: readonly Member[]): boolean {
  const witnesses = voters.filter(({ isWitness }) => isWitness === true).length;
  return witnesses < voters.length && witnesses * 2 <= voters.length;
}

/** Whether more than half of them have tables. */
function areSound(voters: readonly Member[]): boolean {
  return voters.filter(({ isWitness }) => isWitness === true).length * 2 < voters.length;
}

/** What a member was called when it was started, without its disk. */
function nameOf(id: NodeId): string {
  return id.slice(0, id.lastIndexOf("."));
}

/** A place in the source text of `packages/raft/src`. */
interface Patch {
  readonly file: string;
  /** Must be there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A bug, planted in a copy of the source, that the simulator or a scenario has to find. */
export interface Mutant {
  readonly name: string;
  /** What goes wrong with it. */
  readonly what: string;
  readonly patches: readonly Patch[];
  /** Who finds it: one of the seeds from 1 to here, a scenario, or either. */
  readonly foundBy: { readonly seeds?: number; readonly scenario?: string };
}

export const mutants: readonly Mutant[] = [
  {
    name: "vote not persisted",
    what: "a node that restarts votes a second time in a term",
    patches: [
      {
        file: "state.ts",
        find: "state.effects.hard = { term, vote };",
        replace: "state.effects.hard = { term, vote: undefined };",
      },
    ],
    foundBy: {
      seeds: 5,
      scenario: "a vote request that comes again is granted again, after a restart as well, and another's is not",
    },
  },
  {
    name: "vote ignores log freshness",
    what: "a node without committed entries is elected",
    patches: [
      {
        file: "election.ts",
        find: "isFree && state.log.isUpToDate(message.lastIndex, message.lastTerm) &&",
        replace: "isFree &&",
      },
    ],
    foundBy: { seeds: 5, scenario: "a log of a later term is ahead of a longer one" },
  },
  {
    name: "acknowledge before fsync",
    what: "an entry counts as held that a crash takes away",
    patches: [
      {
        file: "appends.ts",
        find: "else state.effects.messagesAfterWrite.push(reply);",
        replace: "else state.effects.messages.push(reply);",
      },
    ],
    foundBy: { seeds: 5 },
  },
  {
    name: "fsync error ignored",
    what: "a node goes on as if what it could not write were on its disk",
    patches: [
      { file: "driver.ts", find: "if (error !== undefined) {", replace: "if (error !== undefined && this.#isStopped) {" },
    ],
    foundBy: { seeds: 20 },
  },
  {
    name: "delete after prev index",
    what: "a message that was overtaken takes acknowledged entries away",
    patches: [
      {
        file: "appends.ts",
        find: "const added = newEntries(state, message.entries);",
        replace: `const kept = Math.max(message.prevIndex, log.base.index);
  if (message.entries.length > 0 && kept < log.last) log.truncateFrom(kept + 1);
  const added = newEntries(state, message.entries);`,
      },
    ],
    foundBy: { seeds: 5, scenario: "a message that was overtaken takes nothing away" },
  },
  {
    name: "commit up to the end of the log",
    what: "a follower commits what it holds beyond what the leader has compared",
    patches: [{ file: "appends.ts", find: "Math.min(message.commit, verified)", replace: "Math.min(message.commit, log.last)" }],
    foundBy: { scenario: "a follower commits nothing beyond what was compared" },
  },
  {
    name: "duplicate votes counted",
    what: "one grant that the network repeats makes a majority",
    patches: [
      {
        file: "election.ts",
        find: "role.votes.set(message.from, message.isGranted);",
        replace: `const other = state.log.configuration.members.find(({ id }) => !role.votes.has(id));
  const isAgain = message.isGranted && role.votes.has(message.from);
  role.votes.set(isAgain && other !== undefined ? other.id : message.from, message.isGranted);`,
      },
    ],
    foundBy: { seeds: 600, scenario: "one grant that arrives three times is one vote" },
  },
  {
    name: "stable by index alone",
    what: "a write that ends makes an entry count as durable that has replaced the written one since (ABA)",
    patches: [
      {
        file: "log.ts",
        find: "this.#pending.push({ token, from });",
        replace: "this.#pending.push({ token, from, last: this.last });",
      },
      {
        file: "log.ts",
        find: "this.#pending = this.#pending.filter((each) => each.token > token);",
        replace: `const done = this.#pending.filter((each) => each.token <= token);
    const isWritten = (index) => done.some(({ from, last }) => index >= from && index <= last);
    this.#pending = this.#pending.filter((each) => each.token > token && !isWritten(each.from));`,
      },
    ],
    foundBy: { seeds: 300, scenario: "a write that ends proves nothing of what has replaced it since" },
  },
  {
    name: "apply before the own log is durable",
    what: "after a crash the tables are ahead of the log",
    patches: [
      {
        file: "step.ts",
        find: "const until = Math.min(state.commit, state.log.stable);",
        replace: "const until = Math.min(state.commit, state.log.last);",
      },
    ],
    foundBy: { seeds: 5, scenario: "what the others hold is committed, and applied here when the own disk has it too" },
  },
  {
    name: "older snapshot accepted",
    what: "a snapshot that comes late takes committed entries back",
    patches: [
      {
        file: "snapshots.ts",
        find: "if (!isComplete || snapshot.index <= state.commit || state.installing !== undefined) return;",
        replace: "if (!isComplete || state.installing !== undefined) return;",
      },
    ],
    foundBy: { seeds: 600, scenario: "a snapshot that comes late takes nothing back" },
  },
  {
    name: "no de-duplication",
    what: "a command that is sent again takes effect again",
    patches: [{ file: "sessions.ts", find: "known?.sequence === sequence ? known :", replace: "" }],
    foundBy: { seeds: 20 },
  },
  {
    name: "no check-quorum",
    what: "a leader that hears nobody goes on, and holds those who hear it",
    patches: [{ file: "leader.ts", find: "if (!isFollowed(state, role)) {", replace: "if (false) {" }],
    foundBy: { seeds: 400, scenario: "a leader that nobody answers steps down within two election timeouts" },
  },
  {
    name: "read before own-term commit",
    what: "a new leader answers a read before it knows what its predecessor committed",
    patches: [{ file: "reads.ts", find: "if (state.commit < role.firstIndex) {", replace: "if (false) {" }],
    foundBy: { seeds: 30, scenario: "a new leader answers a read once it has committed an entry of its own" },
  },
  {
    name: "stale read",
    what: "a leader answers reads without asking whether it still leads",
    patches: [{ file: "reads.ts", find: "const isConfirmed = hasQuorum(", replace: "const isConfirmed = true || hasQuorum(" }],
    foundBy: { seeds: 100, scenario: "a leader that was deposed answers no read" },
  },
  {
    name: "no configuration rollback",
    what: "a configuration stays in use whose entry was replaced",
    patches: [
      {
        file: "log.ts",
        find: "this.#configurations = this.#configurations.filter((each) => each.index < index);",
        replace: "",
      },
    ],
    foundBy: { seeds: 3000, scenario: "a configuration whose entry is replaced is not in use any more" },
  },
  {
    name: "change without own-term commit",
    what: "two leaders change different members, and their majorities do not meet",
    patches: [
      {
        file: "proposals.ts",
        find: 'if (state.commit < role.firstIndex) return refuse(state, "term-uncommitted");',
        replace: "",
      },
    ],
    foundBy: { scenario: "two leaders change one member each: both remove" },
  },
  {
    name: "commit by count of an older term",
    what: "an entry counts as committed that a later leader may still replace (Figure 8)",
    patches: [
      {
        file: "replication.ts",
        find: "index <= state.commit || log.termAt(index) !== state.term",
        replace: "index <= state.commit",
      },
    ],
    foundBy: { scenario: "entries of an older term are not committed by count (Figure 8)" },
  },
  {
    name: "entries durable, term not",
    what: "after a crash the log has entries of a term that the node does not know of",
    patches: [
      {
        file: "step.ts",
        find: "...(hard === undefined ? {} : { hard })",
        replace: "...(hard === undefined || entries.length > 0 ? {} : { hard })",
      },
    ],
    foundBy: { seeds: 10, scenario: "a term is on the disk with the first entry that belongs to it" },
  },
  {
    name: "no pre-vote",
    what: "a node that was cut off comes back with a high term and ends a good leader's",
    patches: [
      {
        file: "election.ts",
        find: "export function campaign(state: State): void {",
        replace: "export function campaign(state: State): void {\n  return holdElection(state, false);",
      },
    ],
    foundBy: { scenario: "a node that was cut off changes neither term nor leader when it comes back" },
  },
  {
    name: "no stickiness",
    what: "a node that cannot hear the leader, or was removed, ends its term",
    patches: [
      {
        file: "step.ts",
        find: 'message.type === "vote" && !message.isTransfer && message.term >= state.term;',
        replace: "false;",
      },
    ],
    foundBy: { scenario: "who hears a leader does not help to depose it" },
  },
  {
    name: "removed before it is committed",
    what: "a member stops campaigning whose vote is needed until its removal is committed",
    patches: [
      {
        file: "state.ts",
        find: "(isVoter(log.configuration, state.id) || isBeingRemoved(state))",
        replace: "isVoter(log.configuration, state.id)",
      },
    ],
    foundBy: { seeds: 2000, scenario: "a member goes on until its removal is committed, for its vote may be needed" },
  },
  {
    name: "reads wait for those who left",
    what: "a read is looked at when a reply comes, and not when fewer replies are needed",
    patches: [
      { file: "step.ts", find: "if (confirmReads(state, state.role)) sendHeartbeats(state, state.role);", replace: "" },
      { file: "replication.ts", find: "import { startEarlyReads }", replace: "import { confirmReads, startEarlyReads }" },
      {
        file: "replication.ts",
        find: "else goBack(state, progress, message);",
        replace: "else goBack(state, progress, message);\n  if (confirmReads(state, role)) sendHeartbeats(state, role);",
      },
    ],
    foundBy: { seeds: 400, scenario: "a read is answered when those it waits for are no longer needed" },
  },
  {
    name: "a member that lost entries votes",
    what: "it helps somebody to win without what it had acknowledged",
    patches: [{ file: "election.ts", find: " && state.loss === undefined", replace: "" }],
    foundBy: { seeds: 600, scenario: "a member that lost entries votes for nobody until it has them again" },
  },
  {
    name: "founding configuration beside the log",
    what: "whoever joins later, or lost its tables, never learns who founded the cluster",
    patches: [
      {
        file: "state.ts",
        find: 'entries: [{ index: 1, term: 1, kind: "configuration", configuration }],',
        replace: "base: { index: 0, term: 0, configuration },",
      },
    ],
    foundBy: { seeds: 3000, scenario: "who joins, or lost its tables, finds in the log who founded the cluster" },
  },
  {
    name: "heartbeat promises more than is stable",
    what: "the answer to a heartbeat acknowledges what is still being written",
    patches: [{ file: "appends.ts", find: "{ ...reply, match: Math.min(verified, state.log.stable) }", replace: "reply" }],
    foundBy: { seeds: 5 },
  },
  {
    name: "superseded told as applied",
    what: "who proposed is told of success when another leader's entry took the place",
    patches: [
      { file: "pending-proposals.ts", find: "this.#supersede(entry.term);", replace: "" },
      {
        file: "pending-proposals.ts",
        find: "if (proposal?.term === entry.term && entry.index >= proposal.first) {",
        replace: "if (proposal !== undefined && entry.index >= proposal.first) {",
      },
    ],
    foundBy: { seeds: 100, scenario: "who proposed is told that another leader's entry took the place" },
  },
  {
    name: "reads numbered anew in each life",
    what: "an answer to a read from before a restart is taken for one to a later read",
    patches: [
      { file: "driver.ts", find: "this.#lastRead = Math.floor(options.random() * 2 ** 48);", replace: "this.#lastRead = 0;" },
    ],
    foundBy: { scenario: "an answer to a read of an earlier life is not taken for one of this life" },
  },
  {
    name: "writes taken during a transfer",
    what: "the member that is to lead never catches up",
    patches: [
      {
        file: "proposals.ts",
        find: 'if (role.transfer !== undefined) return refuse(state, "transferring");\n  const entries',
        replace: "const entries",
      },
    ],
    foundBy: { scenario: "meanwhile nothing is taken; after an election timeout the leader goes on" },
  },
  {
    name: "learners counted",
    what: "an entry is committed that no majority of the voters has",
    patches: [
      {
        file: "configuration.ts",
        find: "return configuration.members.filter((member) => member.votes);",
        replace: "return configuration.members;",
      },
    ],
    foundBy: { seeds: 300, scenario: "a majority is counted among voters alone" },
  },
  {
    name: "tables taken over before the snapshot's record is durable",
    what: "after a crash the tables are ahead of the log",
    patches: [
      {
        file: "snapshots.ts",
        find: "state.installing = { token, snapshot };",
        replace: "state.installing = { token, snapshot };\n  finishInstalling(state, token);",
      },
    ],
    foundBy: { seeds: 300, scenario: "a node that dies while a snapshot's record is being written begins where it was" },
  },
  {
    name: "promised while a snapshot's record is written",
    what: "an old heartbeat is answered with entries that only the snapshot holds, and a crash takes it away",
    patches: [
      {
        file: "snapshots.ts",
        find: "const dropsLog = !state.log.install(snapshot);\n  state.log.writing(token, durable + 1);",
        replace: "const dropsLog = !state.log.install(snapshot);\n  state.log.writing(token, snapshot.index);",
      },
    ],
    foundBy: {
      scenario: "while a snapshot's record is being written nothing is acknowledged that only the snapshot holds",
    },
  },
  {
    name: "a loss forgotten too early",
    what: "a member's tables are ahead of its log, and it does not know why when it starts",
    patches: [{ file: "state.ts", find: " && durable >= applied", replace: "" }],
    foundBy: { scenario: "a member whose tables are ahead of its log may die at any time while it gets the log again" },
  },
  {
    name: "a witness drops what others lack",
    what: "who was away finds nobody who has what it lacks, when the leader is gone",
    patches: [
      {
        file: "replication.ts",
        find: "state.floor = Math.max(state.floor, floorOf(state, role));",
        replace: "state.floor = Math.max(floorOf(state, role), state.log.stable);",
      },
    ],
    foundBy: { seeds: 250, scenario: "a witness keeps what a voter with tables, or one that is about to be one, has not" },
  },
  {
    name: "votes without what a witness dropped",
    what: "who has just been made a voter is as good as lost, when the leader is gone",
    patches: [
      {
        file: "proposals.ts",
        find: '(lacksWhatWitnessesDropped(state, role, configuration) ? "not-caught-up" : undefined)',
        replace: "undefined",
      },
    ],
    foundBy: { scenario: "who is to vote has before that what a witness may have dropped" },
  },
];

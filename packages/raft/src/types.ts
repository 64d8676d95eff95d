/**
 * The shapes of consensus. Sections (§) are those of Diego Ongaro's dissertation "Consensus: Bridging Theory and Practice" (2014).
 */

export type NodeId = string;
/** Place of an entry in the log, from 1 on; 0 stands for "before the first". */
export type Index = number;
/** Number of an election, from 1 on; 0 before the first. */
export type Term = number;

export interface Member {
  readonly id: NodeId;
  /** Whether it votes and counts for commits; a member that does not is a learner (§4.2.1). */
  readonly votes: boolean;
  /** Keeps a log and votes, but has no tables: it may lead only to hand leadership on. */
  readonly isWitness?: boolean;
  /** Where the others reach it; consensus does not look at it. */
  readonly address: string;
}

export interface Configuration {
  readonly members: readonly Member[];
}

export type Entry = { readonly index: Index; readonly term: Term } & (
  | { readonly kind: "noop" }
  | { readonly kind: "data"; readonly data: Uint8Array }
  | { readonly kind: "configuration"; readonly configuration: Configuration }
);

/** What a node must never forget of elections (§3.8). */
export interface HardState {
  readonly term: Term;
  readonly vote: NodeId | undefined;
}

/** Where a log begins: everything up to `index` is in the tables instead (§5.1). */
export interface Base {
  readonly index: Index;
  readonly term: Term;
  /** As of `index`. */
  readonly configuration: Configuration;
}

/** Names a copy of the tables as they were after `index`. Its bytes travel beside the messages. */
export interface Snapshot extends Base {
  /** 0 in what a witness is offered: it has no tables, and nothing is fetched. */
  readonly bytes: number;
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly digest: string;
}

export type Message = { readonly from: NodeId; readonly to: NodeId; readonly term: Term } & (
  | {
      /** A request for a vote; a `pre` one only asks whether it would be granted, and its term is the one it would use (§9.6). */
      readonly type: "vote";
      readonly phase: "pre" | "real";
      /** Asked for by the leader itself, which hands over: nobody holds on to it (§3.10). */
      readonly isTransfer: boolean;
      readonly lastIndex: Index;
      readonly lastTerm: Term;
    }
  | { readonly type: "vote-reply"; readonly phase: "pre" | "real"; readonly isGranted: boolean }
  | {
      /** Entries after `prevIndex`; without any it is a heartbeat (§3.5). */
      readonly type: "append";
      readonly prevIndex: Index;
      readonly prevTerm: Term;
      readonly entries: readonly Entry[];
      readonly commit: Index;
      /** Number of the latest round of reads: a reply confirms it (§6.4). */
      readonly round: number;
      /** Every voter with tables has the entries up to here, and who is about to be one: a witness may drop them. */
      readonly floor: Index;
    }
  | {
      readonly type: "append-reply";
      readonly isMatch: true;
      /** The replier's durable log equals the leader's up to here. */
      readonly match: Index;
      readonly round: number;
    }
  | {
      readonly type: "append-reply";
      readonly isMatch: false;
      readonly rejected: Index;
      /** Where the logs may part at the earliest, as far as the replier can tell (§5.3 of the paper, in terms instead of entries). */
      readonly hintIndex: Index;
      readonly hintTerm: Term;
      /** The replier's disk lost entries that it had acknowledged. */
      readonly hasLost: boolean;
      readonly round: number;
    }
  | { readonly type: "snapshot"; readonly snapshot: Snapshot; readonly round: number }
  | { readonly type: "read"; readonly id: number }
  | { readonly type: "read-reply"; readonly id: number; readonly index: Index }
  | { readonly type: "timeout-now" }
);

export type Input =
  /** Time has passed: nothing else happened. */
  | { readonly type: "tick" }
  | { readonly type: "receive"; readonly message: Message }
  | { readonly type: "propose"; readonly data: readonly Uint8Array[] }
  | { readonly type: "change"; readonly configuration: Configuration }
  /** Asks from which applied index on a local read is linearizable; answered in `reads` or, without a quorum, never. */
  | { readonly type: "read"; readonly id: number }
  /** Hands leadership to a member, or to the one that is furthest. */
  | { readonly type: "transfer"; readonly to?: NodeId }
  /** Asks for an election now, as when the election timeout passes. */
  | { readonly type: "campaign" }
  /**
   * The process of this leader is known to be gone: nobody need wait for its silence. Whether that is true decides nothing but how soon
   * there is an election.
   */
  | { readonly type: "leader-gone"; readonly leader: NodeId }
  /** The write with this token, and all before it, are on the disk. */
  | { readonly type: "persisted"; readonly token: number }
  /** The tables are durable up to here, in a copy of them or by themselves: the log up to here may go. */
  | { readonly type: "compact"; readonly to: Index; readonly snapshot?: Snapshot | undefined }
  /** A copy of the tables can be fetched from this node, or could not be made. */
  | { readonly type: "snapshot-made"; readonly snapshot: Snapshot | undefined }
  /** The bytes of a snapshot are complete, checked and durable here, or could not be had. */
  | { readonly type: "snapshot-fetched"; readonly snapshot: Snapshot; readonly isComplete: boolean };

/** One atomic change of the disk. Parts that are absent stay as they are. */
export interface Write {
  readonly token: number;
  readonly hard?: HardState;
  /** Replace everything from the first one's index on. */
  readonly entries?: readonly Entry[];
  /** Everything up to its index goes. */
  readonly base?: Base;
  /** The log that was there does not go with the base: all of it goes. */
  readonly dropsLog?: boolean;
  /** What was lost is here again: the record of it goes. */
  readonly isRepaired?: boolean;
  /** The snapshot whose bytes hold the tables as of `base`, until they have taken them over. */
  readonly snapshot?: Snapshot;
}

/** What a node finds on its disk when it starts. */
export interface Stored {
  readonly hard: HardState;
  readonly base: Base;
  readonly entries: readonly Entry[];
  /** Set when its disk lost entries that it may have acknowledged. */
  readonly loss: Loss | undefined;
}

/** Entries that a disk does not have any more. */
export interface Loss {
  /** The last entry that may have been acknowledged. */
  readonly upTo: Index;
  /** The term when the loss was found. */
  readonly term: Term;
}

export type Refusal =
  | "not-leader"
  | "transferring"
  | "overloaded"
  | "witness"
  | "change-pending"
  | "term-uncommitted"
  | "not-one-step"
  | "no-voter"
  | "too-many-witnesses"
  | "not-caught-up"
  | "not-a-voter";

export type Answer =
  | { readonly isAccepted: true; readonly first: Index; readonly last: Index; readonly term: Term }
  | { readonly isAccepted: false; readonly refusal: Refusal; readonly leader: NodeId | undefined };

/** What one step asks the world to do, in the order of its fields. */
export interface Effects {
  /** May leave at once. */
  readonly messages: readonly Message[];
  /** To be made durable after all earlier ones; then `persisted` is told. */
  readonly write: Write | undefined;
  /** May leave only when this write and all earlier ones are durable (§3.8, §10.2.1). */
  readonly messagesAfterWrite: readonly Message[];
  /** The tables become this snapshot, whose record is durable. */
  readonly restore: Snapshot | undefined;
  /** Committed and durable here, in order, each once. */
  readonly apply: readonly Entry[];
  /** Fetch these bytes; an earlier fetch that still runs is given up. */
  readonly fetch: { readonly from: NodeId; readonly snapshot: Snapshot } | undefined;
  /** Make a snapshot of the tables, for a member that is too far behind. */
  readonly makesSnapshot: boolean;
  /** A local read is linearizable once `index` is applied. */
  readonly reads: readonly { readonly id: number; readonly index: Index }[];
  /** For `propose`, `change` and `transfer`. */
  readonly answer: Answer | undefined;
  readonly events: readonly RaftEvent[];
}

/** What an operator may want to see. */
export type RaftEvent =
  | { readonly type: "became-follower"; readonly term: Term; readonly leader: NodeId | undefined }
  | { readonly type: "became-candidate"; readonly term: Term; readonly phase: "pre" | "real" }
  | { readonly type: "became-leader"; readonly term: Term }
  | { readonly type: "quorum-lost"; readonly term: Term }
  | { readonly type: "snapshot-installed"; readonly index: Index }
  | { readonly type: "transfer-aborted"; readonly to: NodeId };

/** Times in milliseconds of a clock that only has to go forward; its rate decides nothing but how soon things happen. */
export interface Settings {
  readonly heartbeat_ms: number;
  /** An election begins after a silence drawn between these two. */
  readonly electionMin_ms: number;
  readonly electionMax_ms: number;
  /** Bytes of entries in one message; at least one entry goes. */
  readonly messageLimit_bytes: number;
  /** Messages with entries on their way to one member. */
  readonly inFlightLimit: number;
  /** Bytes that a leader takes beyond what is committed. */
  readonly uncommittedLimit_bytes: number;
}

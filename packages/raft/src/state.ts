import { isVoter, memberOf } from "./configuration.ts";
import { Log } from "./log.ts";
import type { Progress } from "./progress.ts";
import type {
  Answer,
  Configuration,
  Effects,
  Entry,
  HardState,
  Index,
  Loss,
  Message,
  NodeId,
  RaftEvent,
  Settings,
  Snapshot,
  Stored,
  Term,
  Write,
} from "./types.ts";

interface Follower {
  readonly kind: "follower";
}

interface Candidate {
  readonly kind: "candidate";
  readonly phase: "pre" | "real";
  readonly isTransfer: boolean;
  readonly votes: Map<NodeId, boolean>;
  /** The write of the vote for itself, which counts once it is durable. */
  readonly ownVote: number | undefined;
}

export interface Leader {
  readonly kind: "leader";
  /** Of every member but itself. */
  readonly progress: Map<NodeId, Progress>;
  /** Its first entry: nothing that is older counts as committed before this one is (§3.6.2). */
  readonly firstIndex: Index;
  heartbeat_ms: number;
  quorumCheck_ms: number;
  /** Rounds of reads that were started. */
  round: number;
  /** Reads that wait for their round to be confirmed, oldest first. */
  reads: { readonly id: number; readonly origin: NodeId; readonly index: Index; readonly round: number }[];
  /** Reads that came before anything of this term was committed. */
  earlyReads: { readonly id: number; readonly origin: NodeId }[];
  transfer: { readonly to: NodeId; readonly end_ms: number; isAsked: boolean } | undefined;
  uncommitted_bytes: number;
  /** A snapshot that members may fetch. */
  offer: Snapshot | undefined;
}

/** All that a node knows. Only `step` changes it. */
export interface State {
  readonly id: NodeId;
  readonly settings: Settings;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  now_ms: number;
  term: Term;
  vote: NodeId | undefined;
  role: Follower | Candidate | Leader;
  leader: NodeId | undefined;
  /** When the leader was last heard. */
  heard_ms: number;
  election_ms: number;
  commit: Index;
  applied: Index;
  /** The highest floor that a leader told. */
  floor: Index;
  /** Its disk lost entries: until it has all that may be committed again, it stays out of elections. */
  loss: Loss | undefined;
  fetching: Snapshot | undefined;
  /** Of its own tables. It goes on when leadership ends, and may still when it begins again. */
  isMakingSnapshot: boolean;
  /** A snapshot whose record is being written; the tables follow when it is durable. */
  installing: { readonly token: number; readonly snapshot: Snapshot } | undefined;
  lastToken: number;
  /** The last write that holds a term or vote which is not durable yet. */
  hardToken: number | undefined;
  effects: Building;
}

/** The effects of the step that is running. */
export interface Building {
  messages: Message[];
  messagesAfterWrite: Message[];
  hard: HardState | undefined;
  entries: Entry[];
  write: Omit<Write, "token">;
  token: number | undefined;
  restore: Snapshot | undefined;
  apply: Entry[];
  fetch: Effects["fetch"];
  makesSnapshot: boolean;
  reads: { id: number; index: Index }[];
  answer: Answer | undefined;
  events: RaftEvent[];
}

export function noEffects(): Building {
  return {
    messages: [],
    messagesAfterWrite: [],
    hard: undefined,
    entries: [],
    write: {},
    token: undefined,
    restore: undefined,
    apply: [],
    fetch: undefined,
    makesSnapshot: false,
    reads: [],
    answer: undefined,
    events: [],
  };
}

/**
 * The disk of a founding member: all of them begin with the same first entry, so that whoever joins later finds the first configuration
 * where it finds the others, in the log.
 */
export function founded(configuration: Configuration): Stored {
  return {
    ...joining(),
    hard: { term: 1, vote: undefined },
    entries: [{ index: 1, term: 1, kind: "configuration", configuration }],
  };
}

/** The disk of a node that others will make a member: it knows nobody, and waits. */
export function joining(): Stored {
  const base = { index: 0, term: 0, configuration: { members: [] } };
  return { hard: { term: 0, vote: undefined }, base, entries: [], loss: undefined };
}

export interface StartOptions {
  readonly id: NodeId;
  readonly settings: Settings;
  /** Uniform in [0, 1): draws the election timeouts. */
  readonly random: () => number;
  readonly now_ms: number;
  readonly stored: Stored;
  /** The last entry that its tables hold; at least the base. */
  readonly applied: Index;
}

/**
 * A node as it is when its process starts: a follower that has heard of nobody.
 * @throws Error when the tables do not fit the log, or the log does not fit the term
 */
export function start({ id, settings, random, now_ms, stored, applied }: StartOptions): State {
  const log = new Log(stored.base, stored.entries);
  if (applied < log.base.index || (applied > log.last && stored.loss === undefined))
    throw new Error(`the tables hold entry ${applied}, the log ${log.base.index + 1} to ${log.last}`);
  // A term and the first entry of it are one write.
  if (log.lastTerm > stored.hard.term)
    throw new Error(`the log holds an entry of term ${log.lastTerm}, and the latest term known is ${stored.hard.term}`);
  const state: State = {
    id,
    settings,
    random,
    log,
    now_ms,
    term: stored.hard.term,
    vote: stored.hard.vote,
    role: { kind: "follower" },
    leader: undefined,
    heard_ms: Number.NEGATIVE_INFINITY,
    election_ms: 0,
    // What was applied was committed.
    commit: applied,
    applied,
    floor: 0,
    loss: stored.loss,
    fetching: undefined,
    isMakingSnapshot: false,
    installing: undefined,
    lastToken: 0,
    hardToken: undefined,
    effects: noEffects(),
  };
  drawElection(state);
  return state;
}

/**
 * A new silence to wait for, drawn anew each time so that votes seldom split (§3.4). A witness lets those stand first who can serve: it has
 * to only if it alone holds what was acknowledged last.
 */
export function drawElection(state: State): void {
  const { electionMin_ms, electionMax_ms } = state.settings;
  const patience = state.random() + (isWitness(state) ? 1 : 0);
  state.election_ms = state.now_ms + electionMin_ms + patience * (electionMax_ms - electionMin_ms);
}

/** Whether this node has no tables, as its log says. */
export function isWitness({ id, log }: State): boolean {
  return memberOf(log.configuration, id)?.isWitness === true;
}

/** The write that this step makes, one for all of its changes. */
export function tokenOfStep(state: State): number {
  if (state.effects.token === undefined) {
    state.lastToken += 1;
    state.effects.token = state.lastToken;
  }
  return state.effects.token;
}

export function setHard(state: State, term: Term, vote: NodeId | undefined): void {
  if (state.term === term && state.vote === vote) return;
  state.term = term;
  state.vote = vote;
  state.effects.hard = { term, vote };
  state.hardToken = tokenOfStep(state);
}

/** Adds entries to the log, and to what this step writes. */
export function appendEntries(state: State, entries: readonly Entry[]): void {
  const [first] = entries;
  if (first === undefined) return;
  state.log.append(entries);
  state.effects.entries.push(...entries);
  state.log.writing(tokenOfStep(state), first.index);
}

/** Whether it may ask for votes. A node that lost entries helps nobody to win without them, itself least of all. */
export function mayCampaign(state: State): boolean {
  const { log, loss, installing } = state;
  return (isVoter(log.configuration, state.id) || isBeingRemoved(state)) && loss === undefined && installing === undefined;
}

/** Its removal is in its log and may not be committed: without its vote it may never be, so it goes on until it knows (§4.2.2). */
function isBeingRemoved({ id, log, commit }: State): boolean {
  return log.configurationIndex > commit && isVoter(log.configurationAt(log.configurationIndex - 1), id);
}

/**
 * Whether a node that lost entries has all of them again that may be committed: either it has as much, or something that a leader of a
 * later term committed, who was elected without this node's vote and has everything that was committed before.
 */
export function isRepaired({ loss, commit, applied, log }: State): boolean {
  const durable = Math.min(commit, log.stable);
  // Tables may know of more than is left of the record.
  return loss !== undefined && durable >= applied && (durable >= loss.upTo || (log.termAt(durable) ?? 0) > loss.term);
}

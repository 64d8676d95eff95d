import { hasQuorum } from "./configuration.ts";
import { becomeFollower } from "./follower.ts";
import { newProgress } from "./progress.ts";
import { sendHeartbeats } from "./replication.ts";
import { appendEntries, type Leader, type State } from "./state.ts";

/** Leads the term: says so with an entry of its own, for only that one makes older ones committed (§3.6.2, §6.4). */
export function becomeLeader(state: State): void {
  const { electionMin_ms } = state.settings;
  const firstIndex = state.log.last + 1;
  const role: Leader = {
    kind: "leader",
    progress: new Map(),
    firstIndex,
    heartbeat_ms: state.now_ms,
    quorumCheck_ms: state.now_ms + electionMin_ms,
    round: 0,
    reads: [],
    earlyReads: [],
    transfer: undefined,
    uncommitted_bytes: 0,
    offer: undefined,
  };
  state.role = role;
  state.leader = state.id;
  state.fetching = undefined;
  for (const { id } of state.log.configuration.members) if (id !== state.id) role.progress.set(id, newProgress(firstIndex));
  state.effects.events.push({ type: "became-leader", term: state.term });
  appendEntries(state, [{ index: firstIndex, term: state.term, kind: "noop" }]);
}

/** What a leader does when time has passed. */
export function tickLeader(state: State, role: Leader): void {
  const { heartbeat_ms, electionMin_ms } = state.settings;
  if (role.transfer !== undefined && state.now_ms >= role.transfer.end_ms) {
    state.effects.events.push({ type: "transfer-aborted", to: role.transfer.to });
    role.transfer = undefined;
  }
  if (state.now_ms >= role.quorumCheck_ms) {
    role.quorumCheck_ms = state.now_ms + electionMin_ms;
    if (!isFollowed(state, role)) {
      // Nobody can commit through it, and somebody else may lead already (§6.2).
      state.effects.events.push({ type: "quorum-lost", term: state.term });
      becomeFollower(state, state.term, undefined);
      return;
    }
    for (const progress of role.progress.values()) progress.isActive = false;
  }
  if (state.now_ms >= role.heartbeat_ms) {
    role.heartbeat_ms = state.now_ms + heartbeat_ms;
    sendHeartbeats(state, role);
  }
}

function isFollowed(state: State, role: Leader): boolean {
  return hasQuorum(state.log.configuration, (id) => id === state.id || role.progress.get(id)?.isActive === true);
}

import assert from "node:assert/strict";
import { expect, test } from "vitest";
import { election_ms, Lab, reordering, unreliable } from "./lab.ts";
import type { Weather } from "./network.ts";

/** The behaviours that MIT's course 6.5840 (2026) asks of a Raft, under the names of its public tests. */
const seeds = [1, 2, 3];

function each(name: string, servers: number, script: (lab: Lab) => void, weather?: Weather): void {
  test(name, () => {
    for (const seed of seeds) script(new Lab(servers, seed, weather));
  });
}

each("InitialElection", 3, (lab) => {
  lab.oneLeader();
  lab.pass(50);
  const term = lab.oneTerm();
  expect(term).toBeGreaterThanOrEqual(1);
  lab.pass(2 * election_ms);
  expect(lab.oneTerm()).toBe(term);
  lab.oneLeader();
});

each("ReElection", 3, (lab) => {
  const first = lab.oneLeader();
  lab.disconnect(first);
  lab.oneLeader();
  // The old leader comes back, and follows.
  lab.connect(first);
  const second = lab.oneLeader();
  lab.disconnect(second, lab.after(second, 1));
  lab.pass(2 * election_ms);
  lab.noLeader();
  lab.connect(lab.after(second, 1));
  lab.oneLeader();
  lab.connect(second);
  lab.oneLeader();
});

each("ManyElections", 7, (lab) => {
  lab.oneLeader();
  for (let turn = 0; turn < 10; turn += 1) {
    const away = lab.random.shuffle(lab.servers).slice(0, 3);
    lab.disconnect(...away);
    lab.oneLeader();
    lab.connect(...away);
  }
  lab.oneLeader();
});

each("BasicAgree", 3, (lab) => {
  const first = lab.one(3);
  for (let turn = 1; turn <= 3; turn += 1) {
    expect(lab.committed(first + turn).count).toBe(0);
    expect(lab.one(3, { retries: false })).toBe(first + turn);
  }
});

each("RPCBytes", 3, (lab) => {
  lab.one(3);
  const before = lab.sent_bytes;
  let commands = 0;
  for (let turn = 0; turn < 10; turn += 1) {
    const command = lab.command(5000);
    lab.one(3, { retries: false, command });
    commands += command.length;
  }
  // Once to each of the two others, and some for all that is said besides.
  expect(lab.sent_bytes - before).toBeLessThan(2 * commands + 50_000);
});

each("FollowerFailure", 3, (lab) => {
  lab.one(3);
  lab.disconnect(lab.after(lab.oneLeader(), 1));
  lab.one(2);
  lab.pass(election_ms);
  lab.one(2);
  const leader = lab.oneLeader();
  lab.disconnect(lab.after(leader, 1), lab.after(leader, 2));
  const started = lab.give(leader, lab.command());
  assert(started !== undefined);
  lab.pass(2 * election_ms);
  expect(lab.committed(started.index).count).toBe(0);
});

each("LeaderFailure", 3, (lab) => {
  lab.one(3);
  lab.disconnect(lab.oneLeader());
  lab.one(2);
  lab.pass(election_ms);
  lab.one(2);
  lab.disconnect(lab.oneLeader());
  const command = lab.command();
  for (const server of lab.servers) lab.give(server, command);
  lab.pass(2 * election_ms);
  expect(lab.everything).not.toContain(command);
});

each("FailAgree", 3, (lab) => {
  lab.one(3);
  const away = lab.after(lab.oneLeader(), 1);
  lab.disconnect(away);
  for (let turn = 0; turn < 4; turn += 1) {
    lab.one(2);
    lab.pass(election_ms / 2);
  }
  lab.connect(away);
  lab.one(3);
  lab.pass(election_ms);
  lab.one(3);
});

each("FailNoAgree", 5, (lab) => {
  lab.one(5);
  const leader = lab.oneLeader();
  const away = [1, 2, 3].map((by) => lab.after(leader, by));
  lab.disconnect(...away);
  const started = lab.give(leader, lab.command());
  assert(started !== undefined);
  lab.pass(2 * election_ms);
  expect(lab.committed(started.index).count).toBe(0);
  lab.connect(...away);
  const next = lab.give(lab.oneLeader(), lab.command());
  assert(next !== undefined);
  expect(next.index).toBeGreaterThanOrEqual(started.index);
  lab.one(5);
});

each("ConcurrentStarts", 3, (lab) => {
  const leader = lab.oneLeader();
  const given = Array.from({ length: 5 }, () => {
    const command = lab.command();
    return { command, started: lab.give(leader, command) };
  });
  lab.pass(election_ms);
  expect(new Set(given.map(({ started }) => started?.term)).size).toBe(1);
  for (const { command, started } of given) expect(lab.committed(started?.index ?? 0)).toEqual({ count: 3, command });
});

each("Rejoin", 3, (lab) => {
  lab.one(3);
  const first = lab.oneLeader();
  lab.disconnect(first);
  const lost = Array.from({ length: 3 }, () => lab.command());
  for (const command of lost) assert(lab.give(first, command) !== undefined);
  lab.one(2);
  const second = lab.oneLeader();
  lab.disconnect(second);
  lab.connect(first);
  lab.one(2);
  lab.connect(second);
  lab.one(3);
  for (const command of lost) expect(lab.everything).not.toContain(command);
});

each("Backup", 5, (lab) => {
  const giveMany = (server: number): void => {
    for (let turn = 0; turn < 50; turn += 1) lab.give(server, lab.command());
    lab.pass(250);
  };
  const agreeOnMany = (servers: number): void => {
    for (let turn = 0; turn < 50; turn += 1) lab.one(servers);
  };
  lab.one(5);
  const first = lab.oneLeader();
  const [a, b, c, d] = [1, 2, 3, 4].map((by) => lab.after(first, by)) as [number, number, number, number];
  lab.disconnect(b, c, d);
  giveMany(first);
  lab.disconnect(first, a);
  lab.connect(b, c, d);
  agreeOnMany(3);
  const second = lab.oneLeader();
  const other = second === b ? c : b;
  lab.disconnect(other);
  giveMany(second);
  lab.disconnect(...lab.servers);
  lab.connect(first, a, other);
  agreeOnMany(3);
  lab.connect(...lab.servers);
  lab.one(5);
});

each("Count", 3, (lab) => {
  const leader = lab.oneLeader();
  // An idle half second is in it.
  expect(lab.sent_messages).toBeLessThanOrEqual(30 + 40);
  const before = lab.sent_messages;
  for (let turn = 0; turn < 10; turn += 1) assert(lab.give(leader, lab.command()) !== undefined);
  lab.pass(100);
  // A request and its answer for each command and each of the two others, heartbeats, and news of the commit.
  expect(lab.sent_messages - before).toBeLessThanOrEqual(2 * 2 * 10 + 2 * 2 * 3 + 2 * 2 * 4);
  const idle = lab.sent_messages;
  lab.pass(1000);
  expect(lab.sent_messages - idle).toBeLessThanOrEqual(2 * 2 * 21);
});

each("Persist1", 3, (lab) => {
  lab.one(3);
  lab.crash(...lab.servers);
  lab.start(...lab.servers);
  lab.one(3);
  const first = lab.oneLeader();
  lab.crash(first);
  lab.start(first);
  lab.one(3);
  const second = lab.oneLeader();
  lab.crash(second);
  const index = lab.one(2);
  lab.start(second);
  lab.pass(2 * election_ms);
  expect(lab.committed(index).count).toBe(3);
  const follower = lab.after(lab.oneLeader(), 1);
  lab.crash(follower);
  lab.one(2);
  lab.start(follower);
  lab.one(3);
});

each("Persist2", 5, (lab) => {
  for (let turn = 0; turn < 5; turn += 1) {
    lab.one(5);
    const leader = lab.oneLeader();
    const [a, b, c, d] = [1, 2, 3, 4].map((by) => lab.after(leader, by)) as [number, number, number, number];
    lab.crash(a, b);
    lab.one(3);
    lab.crash(leader, c, d);
    lab.start(a, b);
    lab.pass(election_ms);
    lab.start(c);
    lab.one(3);
    lab.start(d, leader);
  }
  lab.one(5);
});

each("Persist3", 3, (lab) => {
  lab.one(3);
  const leader = lab.oneLeader();
  const [a, b] = [lab.after(leader, 1), lab.after(leader, 2)];
  lab.disconnect(b);
  lab.one(2);
  lab.crash(leader, a);
  lab.connect(b);
  lab.start(leader);
  lab.one(2);
  lab.start(a);
  lab.one(3);
});

each("Figure8", 5, (lab) => {
  for (let turn = 0; turn < 1000; turn += 1) {
    const leaders = lab.servers.filter((server) => lab.give(server, lab.command()) !== undefined);
    lab.pass(lab.random.chance(0.1) ? lab.random.between(0, 500) : lab.random.between(0, 13));
    const leader = leaders.at(-1);
    if (leader !== undefined) lab.crash(leader);
    if (lab.servers.filter((server) => lab.isUp(server)).length < 3) lab.start(lab.random.pick(lab.servers));
  }
  lab.start(...lab.servers);
  lab.one(5);
});

each(
  "UnreliableAgree",
  5,
  (lab) => {
    const given: string[] = [];
    for (let turn = 0; turn < 50; turn += 1) {
      const leader = lab.oneLeader();
      for (let more = 0; more < 4; more += 1) {
        const command = lab.command();
        if (lab.give(leader, command, () => given.push(command)) !== undefined) lab.pass(1);
      }
      lab.one(1);
    }
    lab.one(5);
    expect(given.length).toBeGreaterThan(150);
    for (const command of given) expect(lab.everything).toContain(command);
  },
  unreliable,
);

each(
  "Figure8Unreliable",
  5,
  (lab) => {
    for (let turn = 0; turn < 1000; turn += 1) {
      if (turn === 200) lab.network.weather = reordering;
      const leaders = lab.servers.filter((server) => lab.give(server, lab.command()) !== undefined);
      lab.pass(lab.random.chance(0.1) ? lab.random.between(0, 500) : lab.random.between(0, 13));
      const leader = leaders.at(-1);
      if (leader !== undefined && lab.random.chance(0.5)) lab.disconnect(leader);
      if (lab.servers.filter((server) => lab.isConnected(server)).length < 3) lab.connect(lab.random.pick(lab.servers));
    }
    lab.connect(...lab.servers);
    lab.one(5);
  },
  unreliable,
);

each("ReliableChurn", 5, churn);
each("UnreliableChurn", 5, churn, unreliable);

each("SnapshotBasic", 3, (lab) => snapshots(lab, "none"));
each("SnapshotInstall", 3, (lab) => snapshots(lab, "disconnect"));
each("SnapshotInstallUnreliable", 3, (lab) => snapshots(lab, "disconnect"), unreliable);
each("SnapshotInstallCrash", 3, (lab) => snapshots(lab, "crash"));
each("SnapshotInstallUnCrash", 3, (lab) => snapshots(lab, "crash"), unreliable);

each("SnapshotAllCrash", 3, (lab) => {
  let index = lab.one(3);
  for (let turn = 0; turn < 5; turn += 1) {
    fill(lab, lab.oneLeader());
    const before = lab.one(3);
    expect(before).toBeGreaterThan(index);
    lab.crash(...lab.servers);
    lab.start(...lab.servers);
    index = lab.one(3);
    expect(index).toBeGreaterThan(before);
  }
  expectCompacted(lab);
});

each("SnapshotInit", 3, (lab) => {
  lab.one(3);
  const leader = lab.oneLeader();
  for (let turn = 0; turn < 3; turn += 1) fill(lab, leader);
  expectCompacted(lab);
  const index = lab.one(3);
  for (let turn = 0; turn < 2; turn += 1) {
    lab.crash(...lab.servers);
    lab.start(...lab.servers);
    lab.one(3);
    expect(lab.committed(index).count).toBe(3);
  }
});

/** Servers come and go while three clients give commands. What was said to be done is in the end there. */
function churn(lab: Lab): void {
  const done: string[] = [];
  let isOver = false;
  const client = (): void => {
    if (isOver) return;
    const command = lab.command();
    for (const server of lab.servers) if (lab.isUp(server)) lab.give(server, command, () => done.push(command));
    lab.timeline.after(lab.random.between(10, 200), client);
  };
  for (let clients = 0; clients < 3; clients += 1) client();
  for (let turn = 0; turn < 40; turn += 1) {
    if (lab.random.chance(0.2)) lab.disconnect(lab.random.pick(lab.servers));
    if (lab.random.chance(0.5)) {
      const server = lab.random.pick(lab.servers);
      lab.start(server);
      lab.connect(server);
    }
    if (lab.random.chance(0.2)) lab.crash(lab.random.pick(lab.servers));
    lab.pass(election_ms * 0.7);
  }
  isOver = true;
  lab.start(...lab.servers);
  lab.connect(...lab.servers);
  lab.one(5);
  expect(done.length).toBeGreaterThan(50);
  for (const command of done) expect(lab.everything).toContain(command);
}

/** One server misses so much that the others have dropped it from their logs. */
function snapshots(lab: Lab, trouble: "none" | "disconnect" | "crash"): void {
  lab.one(3);
  let leader = lab.oneLeader();
  for (let turn = 0; turn < 30; turn += 1) {
    const isLeaderAway = turn % 3 === 1;
    const [sender, victim] = isLeaderAway ? [lab.after(leader, 1), leader] : [leader, lab.after(leader, 1)];
    if (trouble === "disconnect") lab.disconnect(victim);
    if (trouble === "crash") lab.crash(victim);
    if (trouble !== "none") lab.one(2);
    fill(lab, sender);
    lab.one(trouble === "none" ? 3 : 2);
    for (const server of lab.servers) expect(lab.logLength(server)).toBeLessThan(150);
    lab.connect(victim);
    lab.start(victim);
    lab.one(3);
    leader = lab.oneLeader();
  }
  expectCompacted(lab);
  if (trouble !== "none") expect(lab.checks.counts.get("snapshot-installed") ?? 0).toBeGreaterThan(0);
}

function fill(lab: Lab, server: number): void {
  const count = lab.random.whole(20, 50);
  for (let each = 0; each < count; each += 1) {
    lab.give(server, lab.command());
    lab.pass(1);
  }
}

function expectCompacted(lab: Lab): void {
  for (const { driver } of lab.nodes) expect(driver?.state.log.base.index).toBeGreaterThan(0);
}

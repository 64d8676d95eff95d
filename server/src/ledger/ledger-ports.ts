import type { NodeId, Ports, RaftEvent } from "@shardwright/raft";
import type { Alarm } from "./alarm.ts";
import type { EntryApplier } from "./entry-applier.ts";
import type { RaftLedgerOptions } from "./ledger-options.ts";
import type { LogLength } from "./log-length.ts";
import type { SyncWatch } from "./sync-watch.ts";

/** The parts of a ledger that consensus works with. */
export interface LedgerPorts {
  readonly options: RaftLedgerOptions;
  readonly alarm: Alarm;
  readonly sync: SyncWatch;
  readonly applier: EntryApplier;
  /** Only asked for once something is written: it looks after the log of whoever these are for. */
  readonly length: () => LogLength;
  /** Where a member is reached, as far as this node knows. */
  readonly addressOf: (id: NodeId) => string | undefined;
  /** Told before whoever follows along is. */
  readonly onEvent: (event: RaftEvent) => void;
  /** Nothing goes on after this. */
  readonly fail: (error: Error) => void;
  /** Called after each step of consensus that was taken here. */
  readonly settle: () => void;
}

/** What consensus needs of the world, as this process has it: its clock, its disk, its tables, and the way to the other members. */
export function portsOf({ options, alarm, sync, applier, length, ...ledger }: LedgerPorts): Ports<number> {
  const { clock, peers, snapshots, writer } = options;
  /** Tells the driver what came of something, or that nothing did. */
  const tell = async <T>(coming: Promise<T> | undefined, done: (what: T | undefined) => void): Promise<void> => {
    let what: T | undefined;
    try {
      what = await coming;
    } catch {
      // Whoever asked tries again.
    }
    done(what);
    ledger.settle();
  };
  return {
    now_ms: () => clock.monotonic_ms(),
    wakeAt: (time_ms) => alarm.set(time_ms),
    write: (writes, done) => {
      for (const { entries = [] } of writes) length().grew(entries);
      sync.begin();
      writer.write(writes, (error) => {
        sync.end();
        done(error);
        ledger.settle();
      });
    },
    send: (message) => {
      const address = ledger.addressOf(message.to);
      if (address !== undefined) peers?.send(message, address);
    },
    apply: (entries) => applier.apply(entries),
    restore: (snapshot) => {
      try {
        applier.restore(snapshot);
      } catch (error) {
        ledger.fail(error instanceof Error ? error : new Error(String(error)));
      }
    },
    makeSnapshot: (done) => {
      void tell(snapshots?.make(), done);
    },
    fetch: (from, snapshot, done) => {
      const address = ledger.addressOf(from);
      const fetched = address === undefined ? undefined : peers?.fetch(address, snapshot);
      void tell(fetched, (isComplete) => done(isComplete === true));
    },
    onEvent: (event) => {
      ledger.onEvent(event);
      options.onEvent?.(event);
    },
  };
}

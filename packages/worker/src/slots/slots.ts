import type { Suite } from "@shardwright/core";
import { ArtifactFolders } from "../artifacts/folders.ts";
import { LookAhead } from "../leases/look-ahead.ts";
import type { Anticipation, WorkerOptions } from "../options.ts";
import { findDirectory } from "../workspaces/dir-source.ts";
import { testEnvironment } from "./environment.ts";
import { openedFor, sessionOptions, warmKey } from "./lease-run.ts";
import { Slot } from "./slot.ts";

export type SlotsOptions = Pick<
  WorkerOptions,
  "name" | "slots" | "firstSlot" | "runners" | "warmSessions" | "sessionIdle_ms" | "overrun_ms" | "workspaceRoots"
>;

/** The slots of a worker, with what their tests inherit: all of it that is there before there is a coordinator. */
export class Slots {
  readonly all: readonly Slot[];
  readonly lookAhead = new LookAhead();
  /** What tests inherit, but for what differs by slot. Read once: each look at `process.env` asks the operating system. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly #options: SlotsOptions;
  readonly #folders = new ArtifactFolders();
  #isClosed = false;
  #onSoonFree: (() => void) | undefined;

  constructor(options: SlotsOptions, environment: Readonly<Record<string, string | undefined>>) {
    this.#options = options;
    this.environment = { ...environment };
    const sessions = { limit: options.warmSessions ?? 2, idle_ms: options.sessionIdle_ms ?? 30_000 };
    const { lookAhead } = this;
    const slot = { sessions, lookAhead, overrun_ms: options.overrun_ms ?? 100, onSoonFree: () => this.#onSoonFree?.() };
    this.all = Array.from({ length: options.slots }, (_, index) => {
      const number = (options.firstSlot ?? 0) + index;
      return new Slot({ ...slot, number, metrics: this.#folders.metricsOf(number) });
    });
  }

  /** Called when a task should end so soon that it is time to ask for what comes after it. */
  onSoonFree(listener: () => void): void {
    this.#onSoonFree = listener;
  }

  /**
   * Opens sessions for work to come, each slot one of the suites whose runner allows it. Resolves when they are being opened; where there is
   * something wrong with one, this is told with the first lease.
   */
  async prepare({ run, workspace, suites }: Anticipation): Promise<void> {
    const early = suites.filter(({ runner }) => this.#options.runners.get(runner)?.opensEarly === true);
    const chosen = this.all.flatMap((slot) => {
      const suite = early[slot.number % Math.max(1, early.length)];
      const runner = this.#options.runners.get(suite?.runner ?? "");
      return suite === undefined || runner === undefined ? [] : [{ slot, suite, runner }];
    });
    const { path } = workspace;
    const looking = chosen.map(({ suite }) => findDirectory(path, suite.directory, this.#options.workspaceRoots));
    const looked = await Promise.allSettled(looking);
    if (this.#isClosed) return;
    for (const [index, { slot, suite, runner }] of chosen.entries()) {
      if (looked[index]?.status !== "fulfilled") continue;
      const environment = this.environmentOf(slot, { run, suite });
      slot.sessions.prepare(warmKey({ run, suite }), openedFor({ workspace, suite }), () =>
        runner.open(sessionOptions({ run, workspace, suite }, path, environment)),
      );
    }
  }

  /** Of the tests of a suite in one slot. */
  environmentOf(slot: Slot, { run, suite }: { readonly run: string; readonly suite: Suite }): Record<string, string> {
    return testEnvironment(this.environment, {
      run,
      worker: this.#options.name,
      slot: slot.number,
      artifacts: this.folderOf(slot, suite),
      metrics: slot.measured.path,
    });
  }

  /** Where a slot's tests of this suite put what they want kept; undefined where nothing is. */
  folderOf(slot: Slot, suite: Suite): string | undefined {
    return suite.artifacts === undefined ? undefined : this.#folders.of(slot.number);
  }

  /** Ends all sessions that are not in use. */
  async closeSessions(mode: "graceful" | "now"): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.all.map((slot) => slot.sessions.closeAll(mode)));
  }

  /** When nothing runs in them any more. */
  async removeFolders(): Promise<void> {
    await this.#folders.remove();
  }
}

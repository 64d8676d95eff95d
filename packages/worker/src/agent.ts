import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@shardwright/client";
import { reasonOf, type BrowserPoolFigures, type Capabilities, type Lease } from "@shardwright/core";
import { beat, keepBeating, type HeartbeatOptions } from "./connection/heartbeats.ts";
import type { Link } from "./connection/link.ts";
import type { Notify } from "./connection/notices.ts";
import { listen } from "./connection/signals.ts";
import { pollLeases } from "./leases/poll.ts";
import type { WorkerAccess, WorkerEnd, WorkerHandle, WorkerOptions } from "./options.ts";
import { ArtifactStore } from "./artifacts/artifact-store.ts";
import { OutputSender } from "./output/output-sender.ts";
import { SecretMask, secretsOf } from "./output/secrets.ts";
import { Journal } from "./results/journal.ts";
import { identityOf, Outbox } from "./results/outbox.ts";
import { sendResults } from "./results/sender.ts";
import { cleanFailure } from "./slots/clean-case.ts";
import { withoutSecrets } from "./slots/environment.ts";
import type { LeaseRun } from "./slots/lease-run.ts";
import { chooseSlot } from "./slots/slot.ts";
import type { Slots } from "./slots/slots.ts";
import { findBrowsers } from "./capabilities/browsers.ts";
import { cut } from "./capabilities/detect.ts";
import type { Finding } from "./capabilities/gpus.ts";
import { room } from "./capabilities/room.ts";
import { untilPreempted } from "./preemption/watch.ts";
import { Workspaces } from "./workspaces/workspaces.ts";

/** A name as a folder can have it on every system; two names may share one, which workspaces guard against. */
function fileNameFor(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]/gu, "_");
}

const leaveTimeout_ms = 3000;
/** What the protocol takes. */
const tagsLimit = 256;

/** A registered worker at work: holds its parts together from the first lease to its leaving. */
export class Agent implements WorkerHandle {
  /** Those at work in this process, whose sessions may have things in common. */
  static readonly #here = new Set<Agent>();
  readonly name: string;
  readonly done: Promise<WorkerEnd>;
  readonly #options: WorkerOptions;
  readonly #client: Client;
  readonly #link: Link;
  readonly #notify: Notify;
  readonly #journal: Journal;
  readonly #outbox: Outbox;
  readonly #mask: SecretMask;
  readonly #slots: Slots;
  readonly #workspaces: Workspaces;
  readonly #artifacts: ArtifactStore;
  readonly #live = new OutputSender();
  /** What runs, and of which run. */
  readonly #executions = new Map<Promise<void>, string>();
  readonly #closingRuns = new Set<string>();
  readonly #heartbeat: HeartbeatOptions;
  /** Ends everything the worker waits for; also given to the link. */
  readonly #life: AbortController;
  #state: "working" | "draining" | "ending" = "working";
  #capabilities: Capabilities;
  #onSlotFree: (() => void) | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  readonly #settle: (failure: { error: unknown } | undefined, end: WorkerEnd) => void;

  constructor(
    options: WorkerOptions & WorkerAccess,
    slots: Slots,
    client: Client,
    link: Link,
    notify: Notify,
    life: AbortController,
    capabilities: Capabilities,
  ) {
    this.#capabilities = capabilities;
    this.name = options.name;
    this.#options = options;
    this.#client = client;
    this.#link = link;
    this.#life = life;
    this.#notify = notify;
    const root = options.workspaces?.root ?? join(tmpdir(), `shardwright-${process.pid}`, fileNameFor(options.name));
    const ephemeral = options.workspaces?.ephemeral ?? options.workspaces === undefined;
    this.#journal = new Journal({ folder: root, limit_bytes: options.resultsBuffer_bytes ?? 1024 ** 3, ephemeral });
    this.#outbox = new Outbox({
      ...options.outbox,
      journal: this.#journal,
      onJournalTrouble: (error) => {
        const message = `Results cannot be kept on the disk in ${root} (${reasonOf(error)}); they stay in memory.`;
        notify({ level: "warning", code: "results-unbuffered", message });
      },
    });
    this.#artifacts = new ArtifactStore({ client, link });
    this.#mask = new SecretMask([...secretsOf(slots.environment), options.apiKey, ...(options.secrets ?? [])]);
    this.#workspaces = new Workspaces({
      root,
      quota_bytes: options.workspaces?.quota_bytes ?? 20 * 1024 ** 3,
      ephemeral,
      // Sessions that nobody uses are closed after their idle time, and then have some seconds to end.
      quiet_ms: (options.sessionIdle_ms ?? 30_000) + 10_000,
      directories: options.workspaceRoots,
      checkout: options.checkout,
      environment: withoutSecrets(slots.environment),
      client,
    });
    this.#slots = slots;
    slots.onSoonFree(() => this.#onSlotFree?.());
    const { promise, resolve, reject } = Promise.withResolvers<WorkerEnd>();
    this.done = promise;
    this.#settle = (failure, end) => (failure === undefined ? resolve(end) : reject(failure.error));
    // Whoever only stops the worker need not listen to how it ended.
    promise.catch(() => {});
    this.#heartbeat = {
      client,
      link,
      interval_ms: options.heartbeat_ms,
      signal: life.signal,
      room: () => room(root),
      browsers: () => this.#browsers(),
      standing: () => ({ fences: this.#fences(), draining: this.#state !== "working" }),
      onAnswer: (answer) => {
        for (const fence of answer.stop) this.#lose(fence, "the coordinator gave it to another worker or ended it");
        if (answer.drain) void this.drain();
        for (const run of answer.close ?? []) void this.#closeRun(run);
      },
    };
    link.onCut((isCut) => this.#outbox.away(isCut));
    link.onLost(() => {
      for (const run of this.#runs()) run.lose();
    });
  }

  /** Sets all parts going. */
  start(): void {
    Agent.#here.add(this);
    const { run } = this.#options;
    this.#awaitWork();
    const client = this.#client;
    const { signal } = this.#life;
    const link = this.#link;
    const recovered = this.#takeUpResults();
    const { preemption, drainTimeout_ms = 60_000 } = this.#options;
    const parts = [
      ...(preemption === undefined
        ? []
        : [
            untilPreempted(preemption, this.#notify, signal).then(
              (left_ms) => void this.#drainWithin(Math.min(left_ms, drainTimeout_ms)),
            ),
          ]),
      keepBeating(this.#heartbeat),
      this.#live.run({ client, link, signal }),
      listen({
        client,
        link,
        signal,
        onSignal: (message) => {
          if (message.type === "stop") this.#lose(message.fence, message.reason);
          else if (message.type === "close") void this.#closeRun(message.run);
          else void this.drain();
        },
      }),
      sendResults({
        client,
        link,
        outbox: this.#outbox,
        notify: this.#notify,
        signal,
        onStale: (fence) => {
          this.#outbox.discard((event) => event.fence === fence);
          this.#lose(fence, "the coordinator takes no more results of it");
        },
      }),
      recovered.then(() =>
        pollLeases({
          client,
          link,
          signal,
          run,
          wait_ms: this.#options.pollWait_ms ?? 25_000,
          free: () => this.#slots.all.filter((slot) => slot.isFree).length,
          soonFree: () => this.#slots.all.filter((slot) => slot.wantsNext),
          lookAhead: this.#slots.lookAhead,
          untilFree: () => new Promise((resolve) => (this.#onSlotFree = resolve)),
          isOpen: () => this.#state === "working",
          warm: () => [...new Set(this.#slots.all.flatMap((slot) => slot.sessions.warm))].slice(0, 256),
          resumes: [...this.#options.runners.values()]
            .filter(({ capabilities }) => capabilities.splitsFiles)
            .map(({ name }) => name),
          onLease: (lease) => this.#take(lease),
          onDrain: () => void this.drain(),
        }),
      ),
    ];
    for (const part of parts)
      part.catch((error: unknown) => {
        // Parts end by abortion when the worker does; anything else ends the worker.
        if (!signal.aborted) void this.#fail(error);
      });
  }

  /** Hands in what a worker before this one could not deliver, before a task of it might be run again here. */
  async #takeUpResults(): Promise<void> {
    const events = this.#outbox.takeUp();
    if (events === 0) return;
    const message = "Results that a worker before this one kept on the disk are handed in.";
    this.#notify({ level: "info", code: "results-recovered", message });
    await this.#outbox.flush();
  }

  /** Lets the worker go once it has run nothing for long enough. */
  #awaitWork(): void {
    const { idleTimeout_ms } = this.#options;
    clearTimeout(this.#idleTimer);
    if (idleTimeout_ms === undefined || this.#executions.size > 0 || this.#state !== "working") return;
    this.#idleTimer = setTimeout(() => void this.drain(), idleTimeout_ms);
  }

  /** What the browsers do that its tests have. */
  #browsers(): BrowserPoolFigures | undefined {
    for (const runner of this.#options.runners.values()) {
      const figures = runner.browsers?.();
      if (figures !== undefined) return figures;
    }
    return undefined;
  }

  async offer({ tags, details }: Finding): Promise<void> {
    if (this.#state !== "working") return;
    const { tags: own, details: known } = this.#capabilities;
    this.#capabilities = {
      ...this.#capabilities,
      tags: [...new Set([...own, ...tags])].slice(0, tagsLimit),
      details: { ...known, ...cut(details) },
    };
    await this.#link.update(this.#capabilities).catch((error: unknown) => {
      if (!this.#life.signal.aborted) throw error;
    });
  }

  async offerBrowsers(): Promise<void> {
    try {
      const offers = await findBrowsers(this.#slots.environment, this.#life.signal);
      if (offers.tags.length > 0) await this.offer(offers);
    } catch (error) {
      if (this.#life.signal.aborted) return;
      const message = `Browsers are not offered: ${reasonOf(error)}`;
      this.#notify({ level: "warning", code: "browsers-unknown", message });
    }
  }

  drain(): Promise<void> {
    return this.#drainWithin(this.#options.drainTimeout_ms ?? 60_000);
  }

  #drainWithin(patience_ms: number): Promise<void> {
    if (this.#state !== "working") return this.#ended();
    this.#state = "draining";
    clearTimeout(this.#idleTimer);
    this.#notify({ level: "info", code: "draining", message: "Draining: no more work is taken, what runs is finished." });
    for (const run of this.#runs()) run.handBack("the worker drains");
    void this.#finishDrain(patience_ms);
    return this.#ended();
  }

  stop(): Promise<void> {
    if (this.#state !== "ending") void this.#end("stopped", "the worker was stopped");
    return this.#ended();
  }

  #ended(): Promise<void> {
    return this.done.then(
      () => {},
      () => {},
    );
  }

  async #finishDrain(patience_ms: number): Promise<void> {
    // Said at once, so that the coordinator deals this worker nothing more; the heartbeat to come says it again. Where nothing runs, the
    // good-bye says it as soon.
    if (this.#executions.size > 0) beat(this.#heartbeat).catch(() => {});
    let deadline: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      deadline = setTimeout(resolve, patience_ms);
    });
    await Promise.race([this.#idle(), timeout]);
    clearTimeout(deadline);
    if (this.#state === "draining") await this.#end("drained", "the worker drained and its time was up");
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#state !== "ending") await this.#end("stopped", "the worker failed", { error });
  }

  /** Ends what runs, delivers what is known, leaves. */
  async #end(end: WorkerEnd, reason: string, failure?: { error: unknown }): Promise<void> {
    this.#state = "ending";
    Agent.#here.delete(this);
    clearTimeout(this.#idleTimer);
    for (const run of this.#runs()) run.release(reason);
    await this.#idle();
    const closing = this.#slots.closeSessions(end === "drained" ? "graceful" : "now");
    if (failure === undefined) {
      await this.#flush();
      await closing;
      const troubled = new Set(this.#slots.all.flatMap((slot) => slot.sessions.troubledRuns));
      await Promise.all([...troubled].map((run) => this.#closeRun(run)));
      this.#link.leaving();
      const leaving = AbortSignal.timeout(leaveTimeout_ms);
      // A coordinator that is gone learns of the leaving by the missing heartbeats.
      await this.#client.leaveWorker(this.#link.worker, { retry: false, signal: leaving }).catch(() => {});
    }
    this.#outbox.close();
    this.#life.abort(new Error("the worker has ended"));
    await closing;
    this.#journal.close();
    await this.#workspaces.close();
    await this.#slots.removeFolders();
    await this.#client.close();
    this.#notify({ level: "info", code: "left", message: `The worker has ${failure === undefined ? end : "failed"}.` });
    this.#settle(failure, end);
  }

  /** Ends what was set up for the tests of a run, and tells how that went. The coordinator asks again if it was not heard. */
  async #closeRun(run: string): Promise<void> {
    if (this.#closingRuns.has(run)) return;
    this.#closingRuns.add(run);
    try {
      // The slot that ran the last test still has to put its session away.
      await Promise.all([...this.#executions].filter(([, of]) => of === run).map(([execution]) => execution));
      // Sessions that others here have opened for nothing share what was set up, and the last to leave hears how its end went.
      const others = [...Agent.#here].filter((agent) => agent !== this).flatMap((agent) => agent.#slots.all);
      const ended = await Promise.all([
        ...this.#slots.all.map((slot) => slot.sessions.closeRun(run)),
        ...others.map((slot) => slot.sessions.closeUnused(run)),
      ]);
      const failures = ended.flat().map(({ suite, failure }) => ({ suite, failure: cleanFailure(failure, this.#mask) }));
      const { signal } = this.#life;
      await this.#link.call(
        (worker) => this.#client.reportClosed(worker, { run, failures: failures.slice(0, 256) }, { signal }),
        signal,
      );
      for (const slot of this.#slots.all) slot.sessions.told(run);
    } catch {
      // Unheard, the coordinator gives up waiting, which is no good end either.
    } finally {
      this.#closingRuns.delete(run);
    }
  }

  async #flush(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.flushTimeout_ms ?? 10_000);
    });
    await Promise.race([this.#outbox.flush(), timeout]);
    clearTimeout(timer);
    if (this.#outbox.fences().size === 0) return;
    // So that they are on the disk, should only a slow answer be missing.
    this.#outbox.away(true);
    const message =
      "No coordinator took the last results before the worker's time was up: their tasks are run again, unless a worker with the same folder hands them in first.";
    this.#notify({ level: "error", code: "results-undelivered", message });
  }

  #take(lease: Lease): void {
    const slot = this.#state === "working" ? chooseSlot(this.#slots.all, lease) : undefined;
    if (slot === undefined) {
      for (const leased of lease.tasks)
        this.#outbox.released(identityOf(lease.run, lease.fence, leased), "the worker takes no more work");
      return;
    }
    const folder = this.#slots.folderOf(slot, lease.suite);
    const execution = slot
      .execute({
        lease,
        runners: this.#options.runners,
        outbox: this.#outbox,
        mask: this.#mask,
        live: this.#live,
        environment: this.#slots.environmentOf(slot, lease),
        measured: slot.measured,
        workspaces: this.#workspaces,
        artifacts: folder === undefined ? undefined : { folder, store: this.#artifacts },
      })
      .catch((error: unknown) => void this.#fail(error))
      .finally(() => {
        this.#executions.delete(execution);
        this.#onSlotFree?.();
        this.#awaitWork();
      });
    this.#executions.set(execution, lease.run);
    this.#awaitWork();
  }

  /** Stops what runs under a lease. What it reported before still goes out: it may be taken although it is late. */
  #lose(fence: number, reason: string): void {
    const run = this.#runs().find(({ lease }) => lease.fence === fence);
    if (run === undefined) return;
    this.#notify({ level: "info", code: "lease-lost", message: `Lease ${fence} of ${run.lease.run} is lost: ${reason}.` });
    run.lose();
  }

  /** Leases that run first: they are what a heartbeat keeps alive. */
  #fences(): number[] {
    const running = this.#runs().map(({ lease }) => lease.fence);
    return [...new Set([...running, ...this.#outbox.fences()])];
  }

  #runs(): LeaseRun[] {
    return this.#slots.all.flatMap((slot) => slot.runs);
  }

  async #idle(): Promise<void> {
    while (this.#executions.size > 0) await Promise.all(this.#executions.keys());
  }
}

import {
  type Deal,
  type DealRequest,
  type FactBody,
  type RecoveryPolicy,
  type RecoveryStep,
  type RunOptions,
  ShardwrightError,
  type Trouble,
  type WaitingTasks,
  builtInStrategies,
  checkedDeal,
  chooseBatch,
  reasonOf,
  recover,
} from "@shardwright/core";
import { type Part, Plugins, coordinatorPlugin, faultSentence, kindTitles } from "@shardwright/plugin";
import { noticeOnce } from "./notices.ts";
import type { RunState, TaskState } from "./run-state.ts";
import type { SchedulerState, WorkerState } from "./state.ts";

/** Of the plugins, what the scheduler needs: the leader decides by them, and what they decided becomes facts. */
export type ChosenParts = Pick<Plugins, "part" | "parts">;

/** What comes with Shardwright, and nothing else. */
export const usualParts: ChosenParts = new Plugins({ version: "0.0.0", root: "." }, [coordinatorPlugin]);

type ChosenKind = "dealingPolicy" | "recoveryStrategy";

/** Used where a run names none. */
const usualPolicy = "longest-first";
/** Whoever decides holds up the leader meanwhile: one that takes longer is asked no more. */
const decision_ms = 1000;

/** @throws ShardwrightError `bad-request` where a run is to be dealt or recovered by something that is not there */
export function refuseUnknownParts({ plugins }: SchedulerState, { dealing, recovery }: RunOptions): void {
  const problems = [["dealingPolicy", dealing] as const, ["recoveryStrategy", recovery] as const].flatMap(([kind, name]) => {
    if (name === undefined || plugins.part(kind, name) !== undefined) return [];
    const field = kind === "dealingPolicy" ? "dealing" : "recovery";
    const known = plugins.parts(kind).map((part) => part.name);
    return [`options.${field}: the coordinator has no ${kindTitles[kind]} ${name} (it has ${known.join(", ")})`];
  });
  if (problems.length > 0) throw new ShardwrightError("bad-request", { problems: problems.join("; ") });
}

/** What is dealt to a worker of a run, by the policy that the run names. */
export function dealByPolicy(state: SchedulerState, run: RunState, worker: WorkerState, request: DealRequest): Deal | undefined {
  const part = chosen(state, run, "dealingPolicy", run.options.dealing ?? usualPolicy);
  // Nearly always; it needs none of what follows.
  if (part === undefined || part.value.choose === chooseBatch) return chooseBatch(request);
  const deal = asked(state, run, part, () => {
    const answer = part.value.choose({
      ...request,
      queues: request.queues.map((queue) => ({ ...queue, pending: new ReadOnlyQueue(queue.pending) })),
      warm: new Set(request.warm),
      run: { id: run.id, project: run.project },
      worker: {
        name: worker.name,
        hardware_class: worker.hardware_class,
        capabilities: structuredClone(worker.capabilities),
      },
      task: (index) => {
        const task = run.task(index);
        if (task === undefined) throw new RangeError(`the run has no task ${index}`);
        const { key, suite, file, args, requirements } = task.spec;
        return structuredClone({ key, suite, file, args, requirements });
      },
    });
    return { deal: checkedDeal(answer, request) };
  });
  if (deal === undefined) return chooseBatch(request);
  // Whoever leaves all workers idle would keep the run from ever going on.
  return deal.deal ?? (isRunning(state, run) ? undefined : chooseBatch(request));
}

/** What is done for a task, by the strategy that its run names. */
export function recoverByStrategy(
  state: SchedulerState,
  run: RunState,
  trouble: Trouble,
  limits: Omit<RecoveryPolicy, "strategy">,
  facts: FactBody[],
): RecoveryStep {
  const random = () => state.random();
  const part = strategyOf(state, run);
  const usual = () => recover(trouble, { ...limits, strategy: builtInStrategies.progressive }, random);
  if (part === undefined) return usual();
  const known = { ...trouble, ...(trouble.failure && { failure: structuredClone(trouble.failure) }) };
  return asked(state, run, part, () => recover(known, { ...limits, strategy: part.value }, random), facts) ?? usual();
}

/** Whether a file that has failed before is worth a duplicate as soon as somebody is idle. */
export function duplicatesEarly(state: SchedulerState, run: RunState, task: TaskState): boolean {
  return task.failures > 0 && strategyOf(state, run)?.value.duplicatesEarly === true;
}

function strategyOf(state: SchedulerState, run: RunState): Part<"recoveryStrategy"> | undefined {
  // Runs that were submitted to an earlier version do not say.
  const { recovery = builtInStrategies.progressive.name } = run.options as Partial<RunOptions>;
  return chosen(state, run, "recoveryStrategy", recovery);
}

/** Undefined where what comes with Shardwright is to be used: it is not here, as on another coordinator, or has failed this run. */
function chosen<K extends ChosenKind>(state: SchedulerState, run: RunState, kind: K, name: string): Part<K> | undefined {
  const part = state.plugins.part(kind, name);
  if (part === undefined)
    tell(state, run, `This coordinator has no ${kindTitles[kind]} ${name}: the one that comes with Shardwright is used.`);
  return part === undefined || run.distrusted.has(`${kind} ${name}`) ? undefined : part;
}

/** Asks a plugin. @returns undefined where it has failed: for the rest of the run it is not asked any more */
function asked<K extends ChosenKind, T>(
  { clock, ...state }: SchedulerState,
  run: RunState,
  { kind, name, plugin }: Part<K>,
  ask: () => T,
  facts?: FactBody[],
): T | undefined {
  const begun_ms = clock.monotonic_ms();
  let answer: T | undefined;
  let problem: string | undefined;
  try {
    answer = ask();
  } catch (error) {
    problem = reasonOf(error);
  }
  const took_ms = clock.monotonic_ms() - begun_ms;
  if (problem === undefined && took_ms > decision_ms) problem = `it has taken ${(took_ms / 1000).toFixed(1)} s to decide`;
  if (problem === undefined) return answer;
  run.distrusted.add(`${kind} ${name}`);
  const remedy = "For the rest of this run, the one that comes with Shardwright is used.";
  tell(state, run, faultSentence({ plugin, where: `in the ${kindTitles[kind]} ${name}`, what: problem, remedy }), facts);
  return undefined;
}

function tell(state: Pick<SchedulerState, "record" | "log">, run: RunState, message: string, facts?: FactBody[]): void {
  const own: FactBody[] = [];
  noticeOnce(run, "plugin", message, own);
  if (own.length === 0) return;
  state.log.warn({ run: run.id }, message);
  if (facts === undefined) void state.record(own);
  else facts.push(...own);
}

function isRunning(state: SchedulerState, run: RunState): boolean {
  for (const lease of state.leases.values()) if (lease.run === run) return true;
  return false;
}

/** What waits, for those who may look at it and take nothing out. */
class ReadOnlyQueue implements WaitingTasks {
  readonly #pending: WaitingTasks;

  constructor(pending: WaitingTasks) {
    this.#pending = pending;
  }

  get size(): number {
    return this.#pending.size;
  }

  get total_ms(): number {
    return this.#pending.total_ms;
  }

  duration_ms(task: number): number {
    return this.#pending.duration_ms(task);
  }

  has(task: number): boolean {
    return this.#pending.has(task);
  }

  first(atMost_ms?: number): number | undefined {
    return this.#pending.first(atMost_ms);
  }

  after(task: number): number | undefined {
    return this.#pending.after(task);
  }
}

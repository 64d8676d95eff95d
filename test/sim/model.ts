import {
  type AttemptStatus,
  type FactBody,
  type FactOf,
  type JudgementVerdict,
  type TaskStatus,
  caseKey,
  isFinal,
  outweighs,
} from "@shardwright/core";
import { Violation } from "../../packages/raft/sim/violation.ts";

interface ModelAttempt {
  readonly fence: number;
  status: AttemptStatus;
  /** What distinguishes each from the others. */
  readonly cases: Set<string>;
  /** The attempt whose cases it leaves out, and takes over when it has a result: that may then be another than its worker told. */
  readonly resumes: number | undefined;
}

interface ModelTask {
  status: TaskStatus;
  readonly attempts: Map<number, ModelAttempt>;
}

interface ModelRun {
  readonly key: string;
  /** Who submitted it, as its context says. */
  readonly actor: string;
  /** Of the entry that submitted it. */
  readonly index: number;
  readonly tasks: readonly ModelTask[];
  isRunning: boolean;
  verdict: string | undefined;
  /** When it was last opened, by the world's clock. */
  opened_ms: number;
  publisher: string | undefined;
  /** What its coverage came to. */
  judged: JudgementVerdict | undefined;
}

/** What a worker was told is durable. */
export interface ToldAttempt {
  readonly run: string;
  readonly task: number;
  readonly attempt: number;
  cases: number;
  outcome: string | undefined;
}

interface Listeners {
  /** @param actor who asked for it, as the submission says */
  submitted(actor: string, index: number): void;
  /** Nobody knows of it any more: who asks again gets another one. */
  purged(actor: string): void;
}

/**
 * What the committed facts say, by the simplest means: rules that they must keep among themselves, and what the tables have to agree with.
 */
export class Model {
  readonly runs = new Map<string, ModelRun>();
  readonly workers = new Map<string, string>();
  /** By id: whether it was revoked. */
  readonly tokens = new Map<string, boolean>();
  /** Runs that were purged. */
  readonly purged = new Set<string>();
  readonly #keys = new Map<string, string>();
  /** Number of the last fact, by the entry that it came with. */
  readonly positions: number[] = [0];
  #fence = 0;
  /** How often each kind of fact came. */
  readonly counts = new Map<string, number>();
  readonly #on: Listeners;

  constructor(listeners: Listeners) {
    this.#on = listeners;
  }

  /** Of the run that a key names. */
  byKey(key: string): string | undefined {
    return this.#keys.get(key);
  }

  /** @throws Violation when nobody has committed what a worker was told */
  has({ run, task, attempt, cases, outcome }: ToldAttempt): void {
    if (this.purged.has(run)) return;
    const found = this.runs.get(run)?.tasks[task]?.attempts.get(attempt);
    if (
      found === undefined ||
      found.cases.size < cases ||
      (outcome !== undefined && found.resumes === undefined && found.status !== outcome)
    )
      throw new Violation(
        "acknowledged-is-kept",
        `${nameOf({ run, task, attempt })} is ${found?.status} with ${found?.cases.size} cases; told was ${outcome} with ${cases}`,
      );
  }

  /** @throws Violation when the facts of one entry do not fit those before it */
  take(bodies: readonly FactBody[], index: number, now_ms: number): void {
    for (const body of bodies) {
      this.counts.set(body.type, (this.counts.get(body.type) ?? 0) + 1);
      this.#take(body, index, now_ms);
    }
    this.positions[index] = (this.positions[index - 1] ?? 0) + bodies.length;
  }

  #take(body: FactBody, index: number, now_ms: number): void {
    if ("run" in body && this.purged.has(body.run))
      throw new Violation("nothing-after-purge", `a ${body.type} is about ${body.run}, which was purged`);
    switch (body.type) {
      case "RunSubmitted":
        return this.#submitted(body, index, now_ms);
      case "RunReopened": {
        const run = this.#run(body.run);
        if (run.isRunning) throw new Violation("one-opening", `${body.run} is reopened while it runs`);
        Object.assign(run, { isRunning: true, verdict: undefined, opened_ms: now_ms, publisher: undefined, judged: undefined });
        for (const task of body.tasks) this.#task(body.run, task).status = "pending";
        return undefined;
      }
      case "TasksLeased":
        return this.#leased(body);
      case "CasesFinished": {
        const attempt = this.#attempt(body.run, body.task, body.attempt);
        const known = attempt.cases.size;
        if (known !== body.first)
          throw new Violation("cases-once", `${nameOf(body)} has ${known} cases, the next come from ${body.first} on`);
        for (const each of body.cases) attempt.cases.add(caseKey(each));
        if (attempt.cases.size !== known + body.cases.length)
          throw new Violation("cases-once", `${nameOf(body)} has a case twice`);
        return undefined;
      }
      case "AttemptFinished":
        return this.#finished(body);
      case "TasksSettled":
        for (const number of body.tasks) {
          const task = this.#task(body.run, number);
          if (isFinal(task.status))
            throw new Violation("ends-once", `task ${number} of ${body.run} is settled and ${task.status}`);
          task.status = body.status;
          for (const attempt of task.attempts.values()) if (attempt.status === "running") attempt.status = "cancelled";
        }
        return undefined;
      case "RunEnded": {
        const run = this.#run(body.run);
        const open = run.tasks.filter(({ status }) => !isFinal(status)).length;
        if (!run.isRunning || open > 0) throw new Violation("ends-once", `${body.run} ends with ${open} tasks open`);
        const isGood = run.tasks.every(({ status }) => status === "passed" || status === "skipped");
        if (body.verdict === "passed" && !isGood) throw new Violation("green-is-whole", `${body.run} passes without its tasks`);
        Object.assign(run, { isRunning: false, verdict: body.verdict });
        return undefined;
      }
      case "RunJudged": {
        const run = this.#run(body.run);
        if (run.isRunning || (run.judged === undefined && run.verdict !== "passed"))
          throw new Violation("judged-when-green", `${body.run} is judged by its coverage, and is ${run.verdict ?? "running"}`);
        if (run.judged !== undefined && !outweighs(body.verdict, run.judged))
          throw new Violation("judged-once", `${body.run} was judged ${run.judged}, and is judged ${body.verdict}`);
        run.judged = run.verdict = body.verdict;
        return undefined;
      }
      case "PublicationClaimed": {
        const run = this.#run(body.run);
        if (run.publisher !== undefined && run.publisher !== body.by)
          throw new Violation("one-publisher", `${body.run} is told of by ${run.publisher} and by ${body.by}`);
        run.publisher = body.by;
        return undefined;
      }
      case "RunsPurged":
        for (const id of body.runs) {
          const run = this.runs.get(id);
          if (run?.isRunning === true) throw new Violation("purged-when-over", `${id} is purged while it runs`);
          if (run === undefined) continue;
          this.#keys.delete(run.key);
          this.#on.purged(run.actor);
          this.runs.delete(id);
          this.purged.add(id);
        }
        return undefined;
      case "WorkerRegistered":
        this.workers.set(body.worker.id, "live");
        return undefined;
      case "WorkerDraining":
        this.workers.set(body.worker, "draining");
        return undefined;
      case "WorkerGone":
        this.workers.set(body.worker, body.status);
        return undefined;
      case "WorkerAssessed":
      case "WorkerForeseen":
      case "BreakerChanged":
      case "LeadershipTaken":
      case "RunTraced":
      case "TrendsTaken":
      case "TrendsRolled":
      case "SettingChanged":
      case "TuningChanged":
      case "QuarantineChanged":
      case "MetricsReported":
      case "MetricsDropped":
      case "ConfirmationBegun":
      case "ConfirmationEnded":
      case "TestRenamed":
      case "AlertOpened":
      case "AlertGrown":
      case "AlertJudged":
      case "AlertRecovered":
      case "AlertTold":
      case "TrendsJudged":
      case "ActionBegun":
      case "ActionEnded":
      case "FactVersionRaised":
        return undefined;
      case "TokenCreated":
        this.tokens.set(body.token, false);
        return undefined;
      case "TokenRevoked":
        this.tokens.set(body.token, true);
        return undefined;
      case "TokensPurged":
        for (const token of body.tokens) this.tokens.delete(token);
        return undefined;
      case "RunJoined":
      case "RunNoticed":
      case "RunCancelled":
        this.#run(body.run);
        return undefined;
    }
  }

  #submitted({ run, submission }: FactOf<"RunSubmitted">, index: number, now_ms: number): void {
    const key = submission.run_key;
    const known = this.#keys.get(key);
    if (known !== undefined) throw new Violation("one-run-per-key", `${key} names ${known}, and ${run} is submitted under it`);
    const { actor = "" } = submission.context;
    this.#on.submitted(actor, index);
    this.#keys.set(key, run);
    const tasks = submission.tasks.map((): ModelTask => ({ status: "pending", attempts: new Map() }));
    const opened = { isRunning: true, verdict: undefined, opened_ms: now_ms, publisher: undefined, judged: undefined };
    this.runs.set(run, { key, actor, index, tasks, ...opened });
  }

  #leased({ run, worker, fence, tasks }: FactOf<"TasksLeased">): void {
    if (fence <= this.#fence) throw new Violation("fences-grow", `fence ${fence} is given after ${this.#fence}`);
    this.#fence = fence;
    if (this.workers.get(worker) !== "live") throw new Violation("leased-to-the-living", `${worker} is dealt tasks of ${run}`);
    for (const { task: number, attempt, duplicate = false, resumes } of tasks) {
      const task = this.#task(run, number);
      const running = [...task.attempts.values()].filter(({ status }) => status === "running").length;
      if (running !== Number(duplicate) || isFinal(task.status))
        throw new Violation("leased-once", `task ${number} of ${run} is leased; it is ${task.status}, ${running} attempts run`);
      if (attempt !== task.attempts.size + 1)
        throw new Violation("attempts-grow", `task ${number} of ${run}: attempt ${attempt} follows ${task.attempts.size}`);
      const resumed = resumes === undefined ? undefined : task.attempts.get(resumes);
      if (resumed !== undefined) {
        this.counts.set("resumed", (this.counts.get("resumed") ?? 0) + 1);
        const isTaken = duplicate ? resumed.status === "running" : resumed.status === "lost" || resumed.status === "released";
        if (!isTaken || resumed.cases.size === 0)
          throw new Violation("resumed-once", `${nameOf({ run, task: number, attempt })} resumes one that is ${resumed.status}`);
      }
      task.attempts.set(attempt, { fence, status: "running", cases: new Set(), resumes });
      task.status = "leased";
    }
  }

  #finished(body: FactOf<"AttemptFinished">): void {
    const task = this.#task(body.run, body.task);
    const attempt = this.#attempt(body.run, body.task, body.attempt);
    const isLate = attempt.status === "lost" && task.status === "pending";
    if ((attempt.status !== "running" && !isLate) || isFinal(task.status))
      throw new Violation(
        "ends-once",
        `${nameOf(body)} ends as ${body.outcome}; it is ${attempt.status}, its task ${task.status}`,
      );
    attempt.status = body.outcome;
    task.status = body.task_status;
    if (!["passed", "failed", "errored", "skipped"].includes(body.outcome)) return;
    for (let from = attempt.resumes; from !== undefined; from = task.attempts.get(from)?.resumes)
      for (const key of task.attempts.get(from)?.cases ?? []) attempt.cases.add(key);
  }

  #run(id: string): ModelRun {
    const run = this.runs.get(id);
    if (run === undefined) throw new Violation("known-run", `a fact is about ${id}, which nobody submitted`);
    return run;
  }

  #task(run: string, number: number): ModelTask {
    const task = this.#run(run).tasks[number];
    if (task === undefined) throw new Violation("known-run", `${run} has no task ${number}`);
    return task;
  }

  #attempt(run: string, task: number, number: number): ModelAttempt {
    const attempt = this.#task(run, task).attempts.get(number);
    if (attempt === undefined) throw new Violation("leased-once", `attempt ${number} of task ${task} of ${run} was never begun`);
    return attempt;
  }
}

function nameOf({ run, task, attempt }: { run: string; task: number; attempt: number }): string {
  return `attempt ${attempt} of task ${task} of ${run}`;
}

import { type Fact, type FactBody, type RunId, isMeasurement } from "@shardwright/core";
import type { HookName, Plugins } from "@shardwright/plugin";

/** Hooks whose events name files. */
const namingFiles: readonly HookName[] = ["tasksLeased", "attemptFinished", "recovery"];

/** For which hooks a kind of fact has to be looked at: those it is told by, and those whose events need what it says. Others are not. */
const hooksOf: Partial<Record<FactBody["type"], readonly HookName[]>> = {
  RunSubmitted: ["runSubmitted", ...namingFiles],
  RunReopened: ["runReopened"],
  TasksLeased: namingFiles,
  AttemptFinished: namingFiles,
  RunNoticed: ["runNoticed"],
  RunEnded: ["runEnded"],
  RunJudged: ["runJudged"],
};

/** Tells the plugins what facts say. It is the leader's to do: each fact is told once in a cluster, or, where the leader changes, not at all. */
export class FactHooks {
  readonly #plugins: Pick<Plugins, "emit" | "wants">;
  readonly #filesOf: (run: RunId) => readonly string[] | undefined;
  /** Files of the runs that go on: when the last fact of one is applied, the scheduler has forgotten it already. */
  readonly #files = new Map<RunId, readonly string[]>();

  readonly #isHistory: (run: RunId) => boolean;
  /** Runs that go on, and whether they are told of. */
  readonly #told = new Map<RunId, boolean>();

  /**
   * @param filesOf of a run that goes on, by task
   * @param isHistory whether one whose submission was not seen is a part of its project's history: of others nothing is told
   */
  constructor(
    plugins: Pick<Plugins, "emit" | "wants">,
    filesOf: (run: RunId) => readonly string[] | undefined,
    isHistory: (run: RunId) => boolean = () => true,
  ) {
    this.#plugins = plugins;
    this.#filesOf = filesOf;
    this.#isHistory = isHistory;
  }

  tell(fact: Fact): void {
    const { body } = fact;
    // To ask about a run has all facts that wait written first: nobody is to wait for that unless somebody wants to know.
    if (!("run" in body) || typeof body.run !== "string") return tellFact(this.#plugins, fact, () => undefined);
    const { run } = body;
    const isWanted = hooksOf[body.type]?.some((hook) => this.#plugins.wants(hook)) === true;
    if (body.type === "RunSubmitted") this.#told.set(run, !isMeasurement(body.submission.options));
    if (isWanted && this.#isTold(body.type, run)) this.#tellOf(fact, run);
    if (body.type !== "RunEnded") return;
    this.#told.delete(run);
    this.#files.delete(run);
  }

  #tellOf(fact: Fact, run: RunId): void {
    const { body } = fact;
    if (namingFiles.some((hook) => this.#plugins.wants(hook))) {
      const files = body.type === "RunSubmitted" ? body.submission.tasks.map(({ file }) => file) : this.#known(run);
      if (files !== undefined) this.#files.set(run, files);
    }
    tellFact(this.#plugins, fact, (_run, task) => this.#files.get(run)?.[task]);
  }

  #isTold(type: FactBody["type"], run: RunId): boolean {
    const isTold = this.#told.get(run) ?? this.#isHistory(run);
    // What else comes may come when it has ended.
    if (type === "RunReopened" || type === "TasksLeased") this.#told.set(run, isTold);
    return isTold;
  }

  #known(run: RunId): readonly string[] | undefined {
    return this.#files.get(run) ?? this.#filesOf(run);
  }
}

function tellFact(
  plugins: Pick<Plugins, "emit">,
  { at_ms, body }: Fact,
  fileOf: (run: RunId, task: number) => string | undefined,
): void {
  switch (body.type) {
    case "RunSubmitted": {
      const { run, submission } = body;
      const { project, run_key, context, suites, tasks } = submission;
      return plugins.emit("runSubmitted", () => ({
        run,
        at_ms,
        project,
        run_key,
        context,
        suites: suites.map(({ name }) => name),
        tasks: tasks.length,
      }));
    }
    case "RunReopened": {
      const { run, tasks, reason } = body;
      return plugins.emit("runReopened", () => ({ run, at_ms, tasks: tasks.length, reason }));
    }
    case "TasksLeased": {
      const { run, worker, tasks } = body;
      return plugins.emit("tasksLeased", () => ({
        run,
        at_ms,
        worker,
        tasks: tasks.map(({ task, attempt }) => ({ task, attempt, file: fileOf(run, task) })),
      }));
    }
    case "AttemptFinished": {
      const { run, task, attempt, outcome, task_status, duration_ms, failure, recovery } = body;
      const file = fileOf(run, task);
      const which = { run, at_ms, task, attempt, file };
      plugins.emit("attemptFinished", () => ({ ...which, outcome, task_status, duration_ms, failure }));
      if (recovery !== undefined) plugins.emit("recovery", () => ({ ...which, ...recovery }));
      return;
    }
    case "RunNoticed": {
      const { run, code, message } = body;
      return plugins.emit("runNoticed", () => ({ run, at_ms, code, message }));
    }
    case "RunEnded": {
      const { run, verdict, reason } = body;
      return plugins.emit("runEnded", () => ({ run, at_ms, verdict, reason }));
    }
    case "RunJudged": {
      const { run, verdict, reason } = body;
      return plugins.emit("runJudged", () => ({ run, at_ms, verdict, reason }));
    }
    case "WorkerRegistered": {
      const { id: worker, name, slots, capabilities } = body.worker;
      return plugins.emit("workerRegistered", () => ({ worker, at_ms, name, slots, capabilities }));
    }
    case "WorkerDraining":
      return plugins.emit("workerDraining", () => ({ worker: body.worker, at_ms }));
    case "WorkerGone": {
      const { worker, status, reason } = body;
      return plugins.emit(status === "lost" ? "workerLost" : "workerLeft", () => ({ worker, at_ms, reason }));
    }
    // The coordinator's own business.
    case "BreakerChanged":
    case "CasesFinished":
    case "ConfirmationBegun":
    case "ConfirmationEnded":
    case "FactVersionRaised":
    case "LeadershipTaken":
    case "MetricsDropped":
    case "MetricsReported":
    case "PublicationClaimed":
    case "QuarantineChanged":
    case "RunCancelled":
    case "RunJoined":
    case "RunsPurged":
    case "RunTraced":
    case "SettingChanged":
    case "TasksSettled":
    case "TestRenamed":
    case "TrendsTaken":
    case "TrendsRolled":
    case "AlertOpened":
    case "AlertGrown":
    case "AlertJudged":
    case "AlertRecovered":
    case "AlertTold":
    case "TrendsJudged":
    case "ActionBegun":
    case "ActionEnded":
    case "TokenCreated":
    case "TokenRevoked":
    case "TokensPurged":
    case "TuningChanged":
    case "WorkerAssessed":
    case "WorkerForeseen":
      return;
  }
}

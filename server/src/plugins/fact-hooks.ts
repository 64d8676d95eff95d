import type { Fact } from "@shardwright/core";
import type { Plugins } from "@shardwright/plugin";

/** Tells the plugins what a fact says. It is the leader's to do: each fact is told once in a cluster, or, where the leader changes, not at all. */
export function tellFact(plugins: Pick<Plugins, "emit">, { at_ms, body }: Fact): void {
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
        tasks: tasks.map(({ task, attempt }) => ({ task, attempt })),
      }));
    }
    case "AttemptFinished": {
      const { run, task, attempt, outcome, task_status, duration_ms, failure, recovery } = body;
      plugins.emit("attemptFinished", () => ({ run, at_ms, task, attempt, outcome, task_status, duration_ms, failure }));
      if (recovery !== undefined) plugins.emit("recovery", () => ({ run, at_ms, task, attempt, ...recovery }));
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
    case "FactVersionRaised":
    case "LeadershipTaken":
    case "PublicationClaimed":
    case "QuarantineChanged":
    case "RunCancelled":
    case "RunJoined":
    case "RunsPurged":
    case "RunTraced":
    case "SettingChanged":
    case "TasksSettled":
    case "TokenCreated":
    case "TokenRevoked":
    case "TuningChanged":
    case "WorkerAssessed":
    case "WorkerForeseen":
      return;
  }
}

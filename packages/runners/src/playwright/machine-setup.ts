import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { clearingUp_ms, isEnvironmental, type Failure } from "@shardwright/core";
import { z } from "zod";
import { chosenCases } from "../process/case-choice.ts";
import { signalProcessGroup, type ChildOptions } from "../process/child.ts";
import { refuse } from "../process/refuse.ts";
import { WarmSession } from "../process/warm-session.ts";
import type { RunnerEvent, SessionTask, TaskOutcome } from "../runner.ts";
import type { FileRequest } from "./host/file-runs.ts";
import type { Plan, PlannedProject } from "./plan.ts";
import { toTaskArguments } from "./task-arguments.ts";

const changesSchema = z.record(z.string(), z.string().nullable());
type Changes = z.infer<typeof changesSchema>;

/** What the setup process says beside results. */
const noticeSchema = z.union([
  z.strictObject({ environment: changesSchema }),
  z.strictObject({ produced: changesSchema }),
  z.strictObject({ group: z.int().positive(), has_ended: z.boolean() }),
]);

export interface MachineSetupOptions {
  readonly workspace: string;
  /** The command line of a host in the mode `setup`. */
  readonly command: Omit<ChildOptions, "onOutput" | "channel">;
  /** Each file leaves a blob, which goes to whoever is told the file's results. */
  readonly keepsBlobs: boolean;
}

/** What the files of a project need from what ran before them, or why they cannot run. */
export type Prepared = Pick<Required<FileRequest>, "environment" | "workerEnvironment"> | Problem;

interface Problem {
  readonly problem: string;
  /** A test of a project that others depend on has failed, which its own retries did not mend: it is not tried again. */
  readonly conclusive?: boolean;
}

interface ProjectRun {
  /** By file, as the tasks name it. */
  readonly events: ReadonlyMap<string, readonly RunnerEvent[]>;
  /** Paths of what the files left, by file. */
  readonly blobs: ReadonlyMap<string, string>;
  readonly problem: string | undefined;
  readonly conclusive: boolean;
  /** What its workers have changed in their environment. */
  readonly produced: Changes;
}

type SetupProcess =
  | { readonly session: WarmSession; readonly environment: Changes }
  | { readonly session: undefined; readonly problem: string };

const nobody: SetupProcess = { session: undefined, problem: "nobody is left to set up for" };

/**
 * What a whole run of Playwright does once, done once for all sessions of a suite on this machine, in a process of its own and only if
 * there is something to do: global setup, web servers, and the projects that others depend on. Undone when the last session has left.
 */
export class MachineSetup {
  readonly #options: MachineSetupOptions;
  #process: Promise<SetupProcess> | undefined;
  #isClosed = false;
  readonly #after: Promise<unknown>;
  #session: WarmSession | undefined;
  /** Groups of processes that it has started and not ended. */
  readonly #groups = new Set<number>();
  readonly #runs = new Map<string, Promise<ProjectRun>>();
  #produced: Changes = {};
  /** Its process runs one project at a time. */
  #queue: Promise<unknown> = Promise.resolve();
  /** Files whose results a task has had. */
  readonly #told = new Set<string>();
  #blobFolder: string | undefined;
  /** Projects that clear up after others, and by the others' ids what the workers of those had in their environment. */
  readonly #teardowns = new Map<PlannedProject, Map<string, Changes>>();

  /** @param after what has to end before anything is set up */
  constructor(options: MachineSetupOptions, after: Promise<unknown>) {
    this.#options = options;
    this.#after = after;
  }

  /** Sees to it that all is done that the files of a project run after. */
  async prepare(plan: Plan, project: PlannedProject): Promise<Prepared> {
    const workerEnvironment: Changes = {};
    if (!plan.hasGlobalSetup && project.dependencies.length === 0) {
      this.#noteTeardown(plan, project, workerEnvironment);
      return { environment: {}, workerEnvironment };
    }
    const started = await this.#start();
    if (started.session === undefined) return { problem: `The global setup failed: ${started.problem}` };
    for (const dependency of plan.projects.filter(({ id }) => project.dependencies.includes(id)).toSorted(byPlaceIn(project))) {
      this.#noteTeardown(plan, dependency, workerEnvironment);
      const ran = await this.#runOnce(dependency, started.environment, { ...workerEnvironment });
      if (ran.problem !== undefined) return keptBack(dependency, ran.problem, ran.conclusive);
      Object.assign(workerEnvironment, ran.produced);
    }
    this.#noteTeardown(plan, project, workerEnvironment);
    return { environment: started.environment, workerEnvironment };
  }

  /** Results of a file of a project that others depend on: it runs once on this machine, and again only when it failed and is asked for again. */
  async *replay(
    plan: Plan,
    project: PlannedProject,
    { blob, ...task }: SessionTask & Pick<FileRequest, "blob">,
  ): AsyncGenerator<RunnerEvent> {
    const prepared = await this.prepare(plan, project);
    if ("problem" in prepared) return yield* refuse(task, prepared.problem, prepared.conclusive);
    const started = await this.#start();
    if (started.session === undefined) return yield* refuse(task, started.problem);
    const key = JSON.stringify([project.id, task.file]);
    const known = await this.#runs.get(project.id);
    if (known?.problem !== undefined && this.#told.has(key)) this.#runs.delete(project.id);
    this.#told.add(key);
    const { events, blobs, problem, conclusive } = await this.#runOnce(project, started.environment, prepared.workerEnvironment);
    const left = blobs.get(task.file);
    // One that is not there is missed where all of them are gathered.
    if (blob !== undefined && left !== undefined) await copyTo(left, blob).catch(() => {});
    const ofFile = events.get(task.file) ?? [];
    const chosen = chosenCases(task);
    for (const event of ofFile)
      if (event.type !== "case" || chosen?.has(event.result.path) !== false)
        yield { ...(conclusive ? forGood(event) : event), id: task.id };
    if (ofFile.at(-1)?.type !== "finished")
      yield* refuse(task, problem ?? `${task.file} is not among the files of ${project.id}.`);
  }

  /**
   * Clears up: the projects that do it, the global teardown, the web servers.
   * @returns what of it failed: Playwright's own run fails by that, too
   */
  async close(): Promise<Failure | undefined> {
    const begun_ms = performance.now();
    const problems: string[] = [];
    const inTime = new Promise<void>((resolve) => setTimeout(resolve, clearingUp_ms).unref());
    await Promise.race([this.#tearDown(problems), inTime]);
    const isLate = performance.now() - begun_ms >= clearingUp_ms;
    if (isLate) problems.push(`Clearing up took longer than ${clearingUp_ms / 1000} s and was ended.`);
    // Nobody would end what a session that was given up, and still waits, would have begun.
    this.#isClosed = true;
    const rest_ms = Math.max(0, clearingUp_ms - (performance.now() - begun_ms));
    const late = setTimeout(() => void this.#session?.close("now"), rest_ms);
    const failure = await this.#session?.close(isLate ? "now" : "graceful");
    clearTimeout(late);
    if (failure !== undefined) problems.push(failure.message);
    process.off("exit", this.#endGroups);
    this.#endGroups();
    if (this.#blobFolder !== undefined) await rm(this.#blobFolder, { recursive: true, force: true }).catch(() => {});
    return problems.length === 0 ? undefined : { kind: "setup-error", message: problems.join("\n").slice(0, 4000) };
  }

  async #tearDown(problems: string[]): Promise<void> {
    await this.#queue;
    for (const [project, cleared] of this.#teardowns) {
      const started = await this.#start();
      if (started.session === undefined) return;
      const environment: Changes = {};
      for (const [id, given] of cleared) Object.assign(environment, given, (await this.#runs.get(id))?.produced);
      const { problem } = await this.#runOnce(project, started.environment, environment);
      if (problem !== undefined) problems.push(`The project ${project.id}, which clears up, did not pass: ${problem}`);
    }
  }

  #noteTeardown(plan: Plan, { id, teardown }: PlannedProject, environment: Changes): void {
    const project =
      [...this.#teardowns.keys()].find((known) => known.id === teardown) ?? plan.projects.find((one) => one.id === teardown);
    if (project !== undefined)
      this.#teardowns.set(project, (this.#teardowns.get(project) ?? new Map()).set(id, { ...environment }));
  }

  async #start(): Promise<SetupProcess> {
    if (this.#isClosed) return nobody;
    this.#process ??= this.#after.then(() => (this.#isClosed ? nobody : this.#startProcess()));
    const started = await this.#process;
    if (started.session?.usable !== false) return started;
    // It has died: what it held up is gone, and all begins anew.
    this.#process = undefined;
    this.#runs.clear();
    this.#endGroups();
    return this.#start();
  }

  async #startProcess(): Promise<SetupProcess> {
    process.off("exit", this.#endGroups);
    process.once("exit", this.#endGroups);
    const ready = Promise.withResolvers<Changes>();
    const session = new WarmSession(this.#options.command, {
      onNotice: (value) => {
        const notice = noticeSchema.parse(value);
        if ("environment" in notice) ready.resolve(notice.environment);
        else if ("produced" in notice) Object.assign(this.#produced, notice.produced);
        else if (notice.has_ended) this.#groups.delete(notice.group);
        else this.#groups.add(notice.group);
      },
    });
    this.#session = session;
    const environment = await Promise.race([ready.promise, session.ended.then(() => undefined)]);
    if (environment !== undefined) return { session, environment };
    this.#endGroups();
    return { session: undefined, problem: await lastWordsOf(session) };
  }

  #runOnce(project: PlannedProject, environment: Changes, workerEnvironment: Changes): Promise<ProjectRun> {
    const known = this.#runs.get(project.id);
    if (known !== undefined) return known;
    const run = this.#queue.then(() => this.#run(project, environment, workerEnvironment));
    this.#queue = run.catch(() => {});
    this.#runs.set(project.id, run);
    return run;
  }

  async #run(project: PlannedProject, environment: Changes, workerEnvironment: Changes): Promise<ProjectRun> {
    const session = this.#session;
    this.#produced = {};
    const folder = this.#options.keepsBlobs ? await this.#newBlobFolder() : undefined;
    const tasks = project.files.map((path, id): SessionTask & FileRequest => ({
      id,
      blob: folder === undefined ? undefined : join(folder, `${id}.zip`),
      file: relative(this.#options.workspace, path).split(sep).join("/"),
      args: toTaskArguments(project.id),
      environment,
      workerEnvironment,
    }));
    const events = new Map<string, RunnerEvent[]>(tasks.map(({ file }) => [file, []]));
    const results = new Map<string, TaskOutcome>();
    for await (const event of session?.usable === true ? session.execute(tasks) : []) {
      const file = tasks[event.id ?? -1]?.file ?? "";
      events.get(file)?.push(event);
      if (event.type === "finished") results.set(file, event.result);
    }
    const bad = tasks.find(({ file }) => !["passed", "skipped"].includes(results.get(file)?.outcome ?? ""));
    const { outcome, failure } = results.get(bad?.file ?? "") ?? {};
    // What a machine or a service is to blame for may be well another time.
    const isElsewhere = failure !== undefined && isEnvironmental(failure.kind, failure.message);
    const conclusive = outcome === "failed" && !isElsewhere;
    const problem = bad === undefined ? undefined : `${bad.file}: ${results.get(bad.file)?.failure?.message ?? "it was not run"}`;
    const blobs = new Map(tasks.flatMap(({ file, blob }) => (blob === undefined ? [] : [[file, blob]])));
    return { events, blobs, problem, conclusive, produced: this.#produced };
  }

  /** For one run of a project. */
  async #newBlobFolder(): Promise<string> {
    this.#blobFolder ??= await mkdtemp(join(tmpdir(), "shardwright-blobs-"));
    return mkdtemp(join(this.#blobFolder, "project-"));
  }

  /** Web servers would outlive us, too, should this process end before they were ended. */
  readonly #endGroups = (): void => {
    for (const group of this.#groups) signalProcessGroup(group, "SIGKILL");
    this.#groups.clear();
  };
}

async function copyTo(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

/** What a file is told whose project depends on one that did not pass; of a test that failed, its own file tells all. */
function keptBack({ id }: PlannedProject, problem: string, conclusive: boolean): Problem {
  const told = conclusive ? problem.split("\n", 1)[0] : problem;
  return { problem: `The project ${id}, which it depends on, did not pass: ${told}`, conclusive };
}

/** What depends on a test that failed has been told so: that it passes later would help nobody. */
function forGood(event: RunnerEvent): RunnerEvent {
  if (event.type !== "finished" || event.result.outcome !== "failed" || event.result.failure === undefined) return event;
  return { ...event, result: { ...event.result, failure: { ...event.result.failure, conclusive: true } } };
}

/** Why a process that has ended did. */
async function lastWordsOf(session: WarmSession): Promise<string> {
  for await (const event of session.execute([{ id: 0, file: "", args: [] }]))
    if (event.type === "finished") return event.result.failure?.message ?? "";
  return "its process is gone";
}

function byPlaceIn({ dependencies }: PlannedProject): (left: PlannedProject, right: PlannedProject) => number {
  return (left, right) => dependencies.indexOf(left.id) - dependencies.indexOf(right.id);
}

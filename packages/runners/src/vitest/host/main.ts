import { enableCompileCache, flushCompileCache } from "node:module";
import { resolve } from "node:path";
import type { TestProject, Vitest } from "vitest/node";
import { cut, type HostRequest, type InterruptibleRequest, onRequest, sendToParent } from "../../process/host-channel.ts";
import type { Failure, TaskOutcome } from "../../runner.ts";
import { parseTaskArguments } from "../task-arguments.ts";
import { messageOf, type ReportedError } from "./case-results.ts";
import { withOnly } from "./case-group.ts";
import { closeVitest } from "./close-vitest.ts";
import { CoverageParts, kept, coverageWanted, joinCoverage } from "./coverage.ts";
import { listCases, refuseBrowser } from "./list-cases.ts";
import { hookedProjects, setUp, takeOver, withoutGlobalSetup } from "./global-setup.ts";
import { createVitestFor, importVitest, projectNamed, readArguments, type HostConfiguration, type SetUp } from "./load-vitest.ts";
import { ProjectReporters } from "./project-reporters.ts";
import { StreamingReporter, type ReportedTask } from "./streaming-reporter.ts";
import { TypecheckRuns } from "./typecheck-runs.ts";
import { WarmPool } from "./warm-pool.ts";

/**
 * The process that holds a project's vitest: it lists the test files, or runs the files it is told to, one at a time, or holds what is set up
 * for all of them.
 */

// A third of loading vitest is compiling what the process before it compiled, too. But with the cache, V8's coverage is less precise.
if (process.env["NODE_V8_COVERAGE"] === undefined) enableCompileCache();

const host = JSON.parse(process.argv[2] ?? "") as HostConfiguration;

try {
  await { discover, list, run: serve, setup: serveSetup, cover }[host.mode]();
} catch (error) {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  sendToParent({ type: "fatal", kind: "setup-error", message: cut(message, 4000) });
  process.exit(1);
}

async function discover(): Promise<void> {
  const module = await importVitest(host.directory);
  const vitest = await createVitestFor(module, host);
  const specifications = await vitest.globTestSpecifications(readArguments(module, host.args).filters);
  sendToParent({
    type: "discovered",
    passWithNoTests: vitest.config.passWithNoTests,
    coverage: coverageWanted(vitest, host.directory),
    projects: vitest.projects.map((project) => ({ name: project.name, root: project.config.root })),
    files: specifications.map((one) => ({
      file: one.moduleId,
      project: one.project.name,
      typecheck: one.pool === "typescript",
    })),
  });
  // Nothing ran: there is nothing to tear down that is worth waiting for.
  process.exit(0);
}

async function list(): Promise<void> {
  const { cases, close } = await listCases(host);
  sendToParent({ type: "listed", cases });
  await close().catch((error: unknown) => process.stderr.write(`${messageOf(asReported(error))}\n`));
  process.exit(0);
}

async function serve(): Promise<void> {
  const module = await importVitest(host.directory);
  const reporter = new StreamingReporter();
  const others = new ProjectReporters(reporter);
  const vitest = await createVitestFor(module, host, [others.plugin]);
  await others.load(module, vitest);
  const parts =
    host.coverage === true && kept !== undefined ? await CoverageParts.begin(vitest, host.workspace, kept) : undefined;
  reporter.onCoverage = (covered) => parts?.take(covered);
  // A process that is killed leaves nothing for the next one.
  flushCompileCache();
  const hooked = hookedProjects(vitest);
  if (hooked.length > 0) withoutGlobalSetup(vitest);
  sendToParent({ type: "notice", value: { first: vitest.projects[0]?.name ?? "", hooked, serial: serialProjects(vitest) } });
  const slot = Number(process.env["SHARDWRIGHT_SLOT"] ?? 0);
  const pool = new WarmPool(module, Number.isInteger(slot) && slot > 0 ? slot : 0);
  const ownPattern = vitest.getGlobalTestNamePattern();
  const typechecks = new TypecheckRuns(vitest, () => reporter.lastRun);
  let last = Promise.resolve();
  const interrupt = () => void vitest.cancelCurrentRun("keyboard-input");
  onRequest<InterruptibleRequest>((request) => {
    if (request.type === "interrupt") return interrupt();
    last = last.then(() =>
      request.type === "exit"
        ? exit(vitest, pool, parts)
        : run({ vitest, pool, reporter, others, typechecks, parts, ownPattern }, request),
    );
  }, interrupt);
}

/** Joins the coverage of a run that is over. */
async function cover(): Promise<void> {
  const vitest = await createVitestFor(await importVitest(host.directory), host);
  if (host.cover === undefined) throw new Error("There is no run whose coverage is to be joined.");
  await joinCoverage(vitest, { workspace: host.workspace, ...host.cover });
  process.exit(0);
}

/** Holds what is set up for the files of all slots; no test runs in it. */
async function serveSetup(): Promise<void> {
  const vitest = await createVitestFor(await importVitest(host.directory), host);
  const before = { ...process.env };
  const prepare = async ({ id, args }: Extract<HostRequest, { type: "run" }>) => {
    sendToParent({ type: "started", id });
    try {
      const project = projectNamed(vitest, parseTaskArguments(args).project);
      sendToParent({ type: "notice", value: await setUp(vitest, project, before) });
      sendToParent({ type: "finished", id, result: { outcome: "passed" } });
    } catch (error) {
      sendToParent({ type: "finished", id, result: { outcome: "errored", failure: setupFailure(error) } });
    }
  };
  let last = Promise.resolve();
  onRequest((request) => {
    last = last.then(() => (request.type === "exit" ? exit(vitest) : prepare(request)));
  });
}

/** Projects whose files must not run beside each other, as the configuration says; how many workers it wants is another matter. */
function serialProjects({ projects }: Vitest): string[] {
  const isSerial = ({ config }: TestProject) => (config as { fileParallelism?: boolean }).fileParallelism === false;
  return projects.filter(isSerial).map(({ name }) => name);
}

interface Served {
  readonly vitest: Vitest;
  readonly pool: WarmPool;
  readonly reporter: StreamingReporter;
  /** The project's own. */
  readonly others: ProjectReporters;
  readonly typechecks: TypecheckRuns;
  /** Where coverage is kept, if it is measured. */
  readonly parts: CoverageParts | undefined;
  /** What the configuration or the arguments say which cases are to run. */
  readonly ownPattern: RegExp | undefined;
}

interface Task extends ReportedTask {
  readonly args: readonly string[];
  /** What was set up for it and is new to this process. */
  readonly setUp?: SetUp;
}

async function run(served: Served, task: Task): Promise<void> {
  const { vitest, pool, reporter } = served;
  sendToParent({ type: "started", id: task.id });
  const finish = (result: TaskOutcome) => sendToParent({ type: "finished", id: task.id, result });
  let work: () => Promise<TaskOutcome>;
  try {
    work = workOf(served, task);
  } catch (error) {
    reporter.begin(task, vitest);
    return finish(reporter.end(asReported(error)));
  }
  try {
    finish(await work());
  } catch (error) {
    // What tests do, vitest reports; what it throws comes of what is set up once for all files (`globalSetup`). It would take that for
    // done now, and run the next files without it.
    sendToParent({ type: "retire" });
    finish({ outcome: "errored", failure: setupFailure(error) });
    await exit(vitest, pool, served.parts);
  }
}

/** @throws Error when the task's arguments make no sense */
function workOf(
  { vitest, pool, reporter, others, typechecks, parts, ownPattern }: Served,
  task: Task,
): () => Promise<TaskOutcome> {
  const { project: name, typecheck, testNamePattern } = parseTaskArguments(task.args);
  const project = projectNamed(vitest, name);
  if (task.setUp !== undefined) takeOver(project, task.setUp);
  const isPart = task.cases !== undefined || task.except !== undefined;
  // What runs in a browser, what is only checked for its types, and what is to say all that it covers begins anew.
  const mayResume = !project.config.browser.enabled && !typecheck && parts === undefined;
  const { finished, ...whole } = task;
  const shown = mayResume ? task : whole;
  const isGroup = isPart || (mayResume && finished !== undefined);
  if (isPart) refuseBrowser(project.config);
  if (isPart && typecheck) throw new Error("Types are checked for whole files, not for groups of cases.");
  const path = resolve(host.workspace, task.file);
  // Types are checked for whole projects.
  const pattern = typecheck ? undefined : (testNamePattern ?? ownPattern);
  if (pattern === undefined) vitest.resetGlobalTestNamePattern();
  else vitest.setGlobalTestNamePattern(pattern);
  return async () => {
    const checked = typecheck ? await typechecks.including(path, project) : undefined;
    reporter.begin(shown, vitest);
    const runFile = () => vitest.runTestSpecifications([project.createSpecification(path, undefined, pool.poolFor(project))]);
    if (checked !== undefined) reporter.adopt(checked, path);
    else if (isGroup) await withOnly(project, shown, runFile);
    else await runFile();
    const unkept = parts?.keep();
    return reporter.end(others.takeFault() ?? unkept);
  };
}

function setupFailure(error: unknown): Failure {
  return { kind: "setup-error", message: cut(`What is set up for all files failed: ${messageOf(asReported(error))}`, 4000) };
}

function asReported(error: unknown): ReportedError {
  return typeof error === "object" && error !== null ? error : { message: String(error) };
}

function accountOf(error: ReportedError): string {
  const message = messageOf(error);
  const stack = typeof error.stack === "string" ? error.stack : "";
  return stack.includes(message) ? stack : `${message}\n${stack}`.trim();
}

async function exit(vitest: Vitest, pool?: WarmPool, parts?: CoverageParts): Promise<void> {
  // In the order of vitest's own run: what workers tear down may need what the global set-up made.
  const errors = [...((await pool?.close()) ?? []), ...(await closeVitest(vitest))];
  if (errors.length > 0 && !vitest.config.dangerouslyIgnoreUnhandledErrors) {
    const words = errors.map((error) => accountOf(asReported(error))).join("\n");
    sendToParent({ type: "closed", failure: cut(`Vitest could not tear down what was set up for all files. ${words}`, 3900) });
  }
  await parts?.close();
  process.exit(0);
}

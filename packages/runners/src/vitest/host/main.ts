import { resolve } from "node:path";
import type { TestProject, Vitest } from "vitest/node";
import { cut, onRequest, sendToParent } from "../../process/host-channel.ts";
import { parseTaskArguments } from "../task-arguments.ts";
import { messageOf, type ReportedError } from "./case-results.ts";
import { createVitestFor, importVitest, type HostConfiguration } from "./load-vitest.ts";
import { StreamingReporter } from "./streaming-reporter.ts";
import { WarmPool } from "./warm-pool.ts";

/** The process that holds a project's vitest: it lists the test files, or runs the files it is told to, one at a time. */
const host = JSON.parse(process.argv[2] ?? "") as HostConfiguration;

try {
  await (host.mode === "discover" ? discover() : serve());
} catch (error) {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  sendToParent({ type: "fatal", kind: "setup-error", message: cut(message, 4000) });
  process.exit(1);
}

async function discover(): Promise<void> {
  const vitest = await createVitestFor(await importVitest(host.directory), host, {});
  const specifications = await vitest.globTestSpecifications();
  sendToParent({
    type: "discovered",
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

async function serve(): Promise<void> {
  const module = await importVitest(host.directory);
  const reporter = new StreamingReporter();
  const vitest = await createVitestFor(module, host, reporter);
  for (const project of vitest.projects) {
    project.config.includeTaskLocation = true;
    // As in CI: snapshots are compared, and none is written that nobody would see.
    project.config.snapshotOptions.updateSnapshot = "none";
  }
  const pool = new WarmPool(module);
  let last = Promise.resolve();
  onRequest((request) => {
    last = last.then(() => (request.type === "exit" ? exit(vitest, pool) : run(vitest, pool, reporter, request)));
  });
}

async function run(
  vitest: Vitest,
  pool: WarmPool,
  reporter: StreamingReporter,
  task: { id: number; file: string; args: readonly string[] },
): Promise<void> {
  sendToParent({ type: "started", id: task.id });
  reporter.begin(task.id, task.file, vitest);
  let thrown: ReportedError | undefined;
  try {
    const { project: name, typecheck, testNamePattern } = parseTaskArguments(task.args);
    const project = projectNamed(vitest, name);
    if (testNamePattern === undefined) vitest.resetGlobalTestNamePattern();
    else vitest.setGlobalTestNamePattern(testNamePattern);
    const specification = project.createSpecification(
      resolve(host.workspace, task.file),
      undefined,
      typecheck ? "typescript" : pool.poolFor(project),
    );
    await vitest.runTestSpecifications([specification]);
  } catch (error) {
    thrown = error instanceof Error ? error : { message: String(error) };
  }
  sendToParent({ type: "finished", id: task.id, result: reporter.end(thrown) });
}

function projectNamed(vitest: Vitest, name: string | undefined): TestProject {
  const project = name === undefined ? vitest.projects[0] : vitest.projects.find((one) => one.name === name);
  if (project === undefined) throw new Error(`The configuration has no project called ${name ?? "at all"}.`);
  return project;
}

async function exit(vitest: Vitest, pool: WarmPool): Promise<void> {
  try {
    await Promise.all([pool.close(), vitest.close()]);
  } catch (error) {
    process.stderr.write(`${messageOf(error as ReportedError)}\n`);
  }
  process.exit(0);
}

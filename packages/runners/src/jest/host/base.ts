import { rmSync } from "node:fs";
import { cut, onRequest, sendToParent, type HostRequest } from "../../process/host-channel.ts";
import { joinCoverage } from "./coverage.ts";
import { readConfiguration, type ConfigurationRequest } from "./configuration.ts";
import { changesSince } from "../../process/environment-changes.ts";
import { GlobalHooks } from "./global-hooks.ts";
import { JestPackages } from "./jest-packages.ts";
import { crawl, findFiles } from "./search.ts";
import { writeSetup, writeShared } from "./shared.ts";

export interface BaseConfiguration extends ConfigurationRequest {
  /** Absolute path of the workspace. */
  readonly workspace: string;
  /** Where the processes that run files find what they share. */
  readonly folder: string;
}

/** What the base is told, beside to exit. */
export type BaseRequest =
  | HostRequest
  | { readonly type: "list" }
  /** Joins what the files of a run have covered, which is in a folder. */
  | { readonly type: "cover"; readonly parts: string }
  /** Runs the global setups of projects, by name; all that are there when the name is absent. */
  | { readonly type: "set-up"; readonly project?: string | undefined };

const reasonLimit = 4000;

/**
 * The process of a suite that no test runs in, as jest's own parent process is: it reads the configuration, crawls the folder, lists
 * the files, and runs the global setup and teardown. It says `prepared`, then answers what it is asked, in order.
 */
export async function serveBase(base: BaseConfiguration): Promise<void> {
  process.once("exit", () => rmSync(base.folder, { recursive: true, force: true }));
  const before = { ...process.env };
  const packages = new JestPackages(base.directory);
  const configuration = await readConfiguration(packages, base);
  const projects = await crawl(packages, configuration);
  const hooks = new GlobalHooks(packages, configuration);
  writeShared(base.folder, {
    globalConfig: configuration.globalConfig,
    projects: projects.map((project) => ({
      name: project.name,
      config: project.config,
      isHooked: hooks.isNeededBy(project),
      moduleMap: project.moduleMap.toJSON(),
    })),
    environment: changesSince(before),
  });
  sendToParent({ type: "prepared", hooked: projects.filter((project) => hooks.isNeededBy(project)).map(({ name }) => name) });

  const setUp = async (name: string | undefined) => {
    const index = name === undefined ? 0 : configuration.projects.findIndex((project) => project.name === name);
    const project = configuration.projects[index];
    if (project === undefined) throw new Error(`The configuration has no project called ${name ?? "at all"}.`);
    await hooks.setUp(project);
    writeSetup(base.folder, index, changesSince(before));
    return { type: "set-up" };
  };
  const list = async () => ({
    type: "listed",
    projects: projects.map(({ name, config }) => ({ name, root: config.rootDir })),
    ...(await findFiles(packages, configuration, projects)),
    passWithNoTests: configuration.globalConfig.passWithNoTests,
    collects: configuration.collects,
  });
  const answerTo = (request: BaseRequest) => {
    if (request.type === "list") return list();
    if (request.type === "set-up") return setUp(request.project);
    if (request.type !== "cover") return exit();
    const { globalConfig } = configuration;
    const { workspace, folder } = base;
    return joinCoverage(packages, { globalConfig, projects, workspace, parts: request.parts, scratch: folder });
  };
  const exit = async () => {
    try {
      await hooks.tearDown();
    } catch (error) {
      sendToParent({ type: "closed", failure: cut(reasonOf(error), reasonLimit) });
    }
    // A teardown may set the code by which it wants the process to end.
    process.exit();
  };
  let last = Promise.resolve();
  onRequest((raw) => {
    const request = raw as BaseRequest;
    last = last
      .then(() => answerTo(request))
      .catch((error: unknown) => ({ type: "fault", message: cut(reasonOf(error), reasonLimit) }))
      .then((message) => sendToParent(message as object));
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

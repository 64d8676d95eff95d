import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { sendToParent } from "../../process/host-channel.ts";
import { parseTaskArguments } from "../task-arguments.ts";
import { applyOnly, pathOf, testsIn } from "./case-tree.ts";
import { DefinitionPlaces } from "./definition-places.ts";
import { listIn, loadMocha, nodeFlagsIn, readOptions, type HostConfiguration } from "./load-mocha.ts";
import type { MochaModules, MochaOptions } from "./mocha-api.ts";
import { MochaProject } from "./project.ts";
import { candidatesAmong, setupFilesAmong } from "./setup-files.ts";
import { MochaServer } from "./server.ts";
import { continueWithNodeFlags } from "./with-node-flags.ts";

const onEarlyExit = () => {
  const message = "Mocha ended the process while it was being set up.";
  sendToParent({ type: "fatal", kind: "setup-error", message, quote_output: true });
};

/** Answers the one question the process was started for, or goes on to serve. @throws what keeps mocha from being set up */
export async function begin(host: HostConfiguration): Promise<void> {
  process.on("exit", onEarlyExit);
  try {
    await answerOrServe(host);
  } finally {
    process.off("exit", onEarlyExit);
  }
}

async function answerOrServe(host: HostConfiguration): Promise<void> {
  const modules = loadMocha(host.mochaRoot);
  const options = readOptions(modules, host.args);
  if (host.mode === "discover") return discover(host, modules, options);
  const project = await openProject(host, modules, options);
  if (host.mode === "list") return answer({ type: "listed", cases: await listCases(project, host) });
  if (host.mode === "setup") return project.fixtures.serve();
  sendToParent({ type: "notice", value: { waits: project.waits } });
  const { keeping, workspace } = host;
  const { CoverageKeeper } = keeping === undefined ? {} : await import("../../measuring/keep.ts");
  new MochaServer(host, project, keeping && CoverageKeeper && new CoverageKeeper(keeping, workspace)).serve();
}

/** The files that have tests, and those that set up for them. */
async function discover(host: HostConfiguration, modules: MochaModules, options: MochaOptions): Promise<void> {
  const files = findFiles(modules, options);
  const candidates = candidatesAmong(files, options);
  if (candidates.length === 0) return answer({ type: "discovered", files, setups: [] });
  // Whatever is wrong with the project is said where its files are run.
  const withoutSetups = { type: "discovered", files, setups: [] };
  process.off("exit", onEarlyExit);
  const onExit = () => sendToParent(withoutSetups);
  process.on("exit", onExit);
  const found = await openProject(host, modules, options, onExit)
    .then((project) => setupFilesAmong(candidates, project))
    .catch(() => []);
  process.off("exit", onExit);
  const setups = new Set(found);
  answer({ type: "discovered", files: files.filter((file) => !setups.has(file)), setups: found });
}

/** In this process, or in one that has the options of node that mocha's configuration asks for. @param onExit what is no longer to be done then */
async function openProject(
  host: HostConfiguration,
  modules: MochaModules,
  options: MochaOptions,
  onExit = onEarlyExit,
): Promise<MochaProject> {
  const flags = host.hasNodeFlags === true ? [] : nodeFlagsIn(modules, options);
  if (flags.length === 0) return MochaProject.open(modules, options, host);
  // That one says what is to be said.
  process.off("exit", onExit);
  return continueWithNodeFlags(flags, host);
}

function answer(message: object): never {
  sendToParent(message);
  process.off("exit", onEarlyExit);
  process.exit(0);
}

/** Absolute. Files that go before each other one are not listed: they are loaded with each. */
function findFiles({ collectFiles }: MochaModules, options: MochaOptions): string[] {
  const { recursive = false, sort = false } = options;
  const [extension, ignore] = [listIn(options, "extension"), listIn(options, "ignore")];
  const named = listIn(options, "_");
  const spec = named.length > 0 ? named : ["test"];
  const first = listIn(options, "file").map((file) => resolve(file));
  for (const file of first) if (!existsSync(file)) throw new Error(`There is no file ${file}, which ‘file’ names.`);
  const wanted = { allowEmpty: true, extension, ignore, file: [], recursive, sort, spec };
  // Before mocha 12, it ends the process when there are none.
  const onNone = () => sendToParent({ type: "discovered", files: [], setups: [] });
  process.off("exit", onEarlyExit);
  process.on("exit", onNone);
  const collected = collectFiles(wanted);
  process.off("exit", onNone);
  process.on("exit", onEarlyExit);
  const files = Array.isArray(collected) ? collected : collected.files;
  const rest = files.filter((file) => !first.includes(file));
  return rest.length > 0 ? rest : files;
}

async function listCases(project: MochaProject, host: HostConfiguration) {
  const { file, args } = host.list ?? { file: "", args: [] };
  const mocha = project.create(parseTaskArguments(args), () => {});
  const places = new DefinitionPlaces(host.workspace);
  places.watch(mocha.suite);
  const isReady =
    project.options["delay"] === true
      ? new Promise<void>((ready) => {
          mocha.suite.once("run", ready);
          process.once("beforeExit", ready);
        })
      : undefined;
  await project.load(mocha, file);
  await isReady;
  applyOnly(mocha.suite);
  return testsIn(mocha).map((test) => {
    const { line } = places.placeOf(test, "");
    return { path: pathOf(test), ...(line === undefined ? {} : { line }) };
  });
}

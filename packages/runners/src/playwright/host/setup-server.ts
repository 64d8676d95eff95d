import { cut, onRequest, sendToParent } from "../../process/host-channel.ts";
import { Turns } from "../../process/turns.ts";
import { loadConfiguration, overridesFor, type HostConfiguration } from "./configuration.ts";
import { FileRuns, type FileRequest } from "./file-runs.ts";
import { runGlobalSetup, tellOfGroups } from "./global-setup.ts";
import { KeptWorkers } from "./kept-workers.ts";
import { loadPlaywright, workerProgramOf } from "./load-playwright.ts";
import { planOf } from "./plan-of.ts";
import { divertPrints, divertWorkers } from "./run-context.ts";

/**
 * Does what a whole run of Playwright does once: the global setup, and then, as they are asked for, the files of projects that others
 * depend on. Each of those sees the end of its workers, whose environment the others inherit.
 */
export async function serveSetup(asked: HostConfiguration): Promise<void> {
  // Playwright selects by title among what was asked for, and never among what that depends on.
  const host = { ...asked, grep: undefined, grepInvert: undefined };
  tellOfGroups();
  const program = workerProgramOf(host.playwright);
  const playwright = await loadPlaywright(host.playwright);
  const setup = await runGlobalSetup(playwright, host.config, overridesFor(host));
  sendToParent({ type: "notice", value: { environment: setup.environment } });
  divertWorkers(program);
  divertPrints();
  const { projects } = await planOf(playwright, await loadConfiguration(playwright, host), host.projects);
  const testFiles = new Set(projects.flatMap(({ files }) => files));
  const changes = { PLAYWRIGHT_LAST_RUN_OUTPUT_FILE: null };
  const workers = new KeptWorkers({ program, slot: 0, changes, keeps: false });
  const runs = new FileRuns(Promise.resolve({ playwright, host, loads: new Turns(1), testFiles }), workers, (message) => {
    if (message.type === "finished") sendToParent({ type: "notice", value: { produced: workers.produced } });
    sendToParent(message);
  });
  let last = Promise.resolve();
  onRequest((request) => {
    last = last.then(() => (request.type === "exit" ? exit(() => setup.teardown()) : runs.run(request as FileRequest)));
  });
}

async function exit(teardown: () => Promise<void>): Promise<void> {
  try {
    await teardown();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    sendToParent({ type: "closed", failure: cut(`The global teardown failed: ${message}`, 4000) });
  }
  process.exit(0);
}

import { resolve } from "node:path";
import type { ListedCase } from "../../runner.ts";
import { parseTaskArguments } from "../task-arguments.ts";
import { messageOf, pathOf, type ReportedError } from "./case-results.ts";
import { createVitestFor, importVitest, projectNamed, type HostConfiguration } from "./load-vitest.ts";

/**
 * Loads one file as `vitest list` does, in a worker that runs none of its tests, and tells its cases in the order of their definition.
 * @throws Error why they cannot be listed
 */
export async function listCases(host: HostConfiguration): Promise<{ cases: ListedCase[]; close: () => Promise<void> }> {
  const { file, args } = host.list ?? { file: "", args: [] };
  const { project: name, typecheck } = parseTaskArguments(args);
  if (typecheck) throw new Error(`${file} is only checked for its types, which is done for whole projects.`);
  const vitest = await createVitestFor(await importVitest(host.directory), host);
  const close = () => vitest.close();
  try {
    const project = projectNamed(vitest, name);
    refuseBrowser(project.config);
    const path = resolve(host.workspace, file);
    const { testModules, unhandledErrors } = await vitest.collectTests([project.createSpecification(path)]);
    const faults = [...testModules.flatMap((module) => module.errors()), ...unhandledErrors] as ReportedError[];
    if (faults.length > 0) throw new Error(faults.map(messageOf).join("\n"));
    const cases = testModules.flatMap((module) =>
      Array.from(module.children.allTests(), (test) => ({
        path: pathOf(test),
        ...(test.location === undefined ? {} : { line: test.location.line }),
      })),
    );
    return { cases, close };
  } catch (error) {
    await close().catch(() => {
      // What kept it from listing is told.
    });
    throw error;
  }
}

/** @throws Error for a project whose tests run where no group can be picked out of them */
export function refuseBrowser({ browser }: { readonly browser: { readonly enabled: boolean } }): void {
  if (browser.enabled) throw new Error("The cases of a file that runs in a browser cannot be dealt in groups.");
}

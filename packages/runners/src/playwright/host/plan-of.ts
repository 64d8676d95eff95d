import type { Plan, PlannedProject } from "../plan.ts";
import type { Config, ConfigProject, Playwright } from "./load-playwright.ts";

/** @param names of the projects to run; those that Playwright runs unasked when undefined */
export async function planOf(playwright: Playwright, config: Config, names: readonly string[] | undefined): Promise<Plan> {
  const chosen = playwright.chooseProjects(config, names);
  const dependencies = new Set(chosen.flatMap(dependenciesOf));
  const running = [...new Set([...dependencies, ...chosen])];
  const teardowns = new Set(running.flatMap(({ teardown }) => (teardown === undefined ? [] : [teardown])));
  const planned = config.projects.filter((project) => running.includes(project) || teardowns.has(project));
  return {
    projects: await Promise.all(
      planned.map(async (project): Promise<PlannedProject> => {
        const role = teardowns.has(project) ? "teardown" : dependencies.has(project) ? "dependency" : "tests";
        return {
          id: project.id,
          role,
          dependencies: dependenciesOf(project).map(({ id }) => id),
          ...(project.teardown === undefined ? {} : { teardown: project.teardown.id }),
          ...(project.workers === undefined ? {} : { workers: project.workers }),
          testDir: project.project.testDir,
          outputDir: project.project.outputDir,
          files: (await playwright.collectFiles(project)).toSorted(),
        };
      }),
    ),
    reportsBlobs: config.config.reporter.some(([name]) => name === "blob"),
    hasGlobalSetup: [config.globalSetups, config.globalTeardowns, config.webServers, config.plugins].some(
      (list) => list.length > 0,
    ),
  };
}

/** All that a project depends on, however indirectly, in the order in which they can run. */
function dependenciesOf(project: ConfigProject): ConfigProject[] {
  const found = new Set<ConfigProject>();
  const visit = (one: ConfigProject, path: readonly ConfigProject[]) => {
    if (path.includes(one)) throw new Error(`The project ${one.id} depends on itself.`);
    for (const dependency of one.deps) visit(dependency, [...path, one]);
    found.add(one);
  };
  visit(project, []);
  found.delete(project);
  return [...found];
}

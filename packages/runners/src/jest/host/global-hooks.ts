import { inspect } from "node:util";
import type { Config } from "@jest/types";
import type { Configuration, Project } from "./configuration.ts";
import type { JestPackages } from "./jest-packages.ts";

type Hook = "globalSetup" | "globalTeardown";

/** Runs the global setups of projects before their first file, each once, and all that was set up is torn down at the end. */
export class GlobalHooks {
  readonly #packages: JestPackages;
  readonly #configuration: Configuration;
  readonly #ran = new Set<string>();
  readonly #setUp = new Map<Project, Promise<void>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(packages: JestPackages, configuration: Configuration) {
    this.#packages = packages;
    this.#configuration = configuration;
  }

  isNeededBy(project: Project): boolean {
    return this.#paths("globalSetup", project).length > 0 || this.#paths("globalTeardown", project).length > 0;
  }

  /** @throws Error as the setup did; again, and without running it again, when asked again */
  setUp(project: Project): Promise<void> {
    const known = this.#setUp.get(project);
    if (known !== undefined) return known;
    const running = this.#last.then(() => this.#run("globalSetup", project));
    this.#setUp.set(project, running);
    // One after the other: their changes to the environment are not to be confused.
    this.#last = running.catch(() => {});
    return running;
  }

  /** Tears down what was set up. Goes on after an error, and throws the first. */
  async tearDown(): Promise<void> {
    await this.#last;
    let fault: { readonly error: unknown } | undefined;
    for (const [project, running] of this.#setUp) {
      // What was not set up well is not torn down, as with jest.
      if (!(await succeeds(running))) continue;
      try {
        await this.#run("globalTeardown", project);
      } catch (error) {
        fault ??= { error };
      }
    }
    if (fault !== undefined) throw fault.error;
  }

  async #run(hook: Hook, { config }: Project): Promise<void> {
    const { globalConfig } = this.#configuration;
    for (const path of this.#paths(hook, { config })) {
      if (this.#ran.has(`${hook} ${path}`)) continue;
      this.#ran.add(`${hook} ${path}`);
      const transformer = await this.#packages.get("@jest/transform").createScriptTransformer(config);
      try {
        await transformer.requireAndTranspileModule(path, async (module) => {
          if (typeof module !== "function") throw new TypeError(`${hook} file must export a function at ${path}`);
          await (module as (global: Config.GlobalConfig, project: Config.ProjectConfig) => unknown)(globalConfig, config);
        });
      } catch (error) {
        const reason = error instanceof Error ? (error.stack ?? error.message) : inspect(error, { depth: 3 });
        throw new Error(`${hook} failed (${path}): ${reason}`, { cause: error });
      }
    }
  }

  #paths(hook: Hook, { config }: Pick<Project, "config">): string[] {
    const paths = [config[hook], this.#configuration.globalConfig[hook]];
    return [...new Set(paths.filter((path): path is string => typeof path === "string"))];
  }
}

async function succeeds(running: Promise<void>): Promise<boolean> {
  try {
    await running;
    return true;
  } catch {
    return false;
  }
}

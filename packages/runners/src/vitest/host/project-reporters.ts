import type { Reporter, Vitest } from "vitest/node";
import type { VitestModule } from "./load-vitest.ts";

/** As a configuration names it: vitest's own by its name, or a module; with options; or the reporter itself. */
type Reference = string | readonly [string, unknown?] | Reporter;
type Hook = (...args: unknown[]) => unknown;
interface ViteConfig {
  test?: { reporters?: unknown };
}
type ReporterClass = new (options?: unknown) => Reporter;

/** Vitest's own, where it does not say which they are: they print and sum up for people, which happens elsewhere. */
const usual =
  "default agent minimal basic blob verbose dot json tap tap-flat junit tree hanging-process github-actions html benchmark".split(
    " ",
  );

/** Told by the first file alone, as it is told once in a run. */
const beginning = "onTestRunStart";
/** Not told: each file is a run of this process, and what a reporter would write of it would be a part of the whole, over that of another. */
const untold = new Set(["onTestRunEnd", "onFinished", "onCoverage", "onInit"]);

/**
 * The project's own reporters. They are told of each file and case that this process runs, but never that the run is complete.
 */
export class ProjectReporters {
  readonly #ours: Reporter;
  #references: readonly Reference[] | undefined;
  #reporters: readonly Reporter[] = [];
  #hasBegun = false;
  #fault: Error | undefined;

  /** @param ours is told of everything before they are */
  constructor(ours: Reporter) {
    this.#ours = ours;
  }

  /** For Vite: takes down which ones the configuration names, and puts what tells them in their place. */
  readonly plugin = {
    name: "shardwright:reporters",
    enforce: "pre" as const,
    config: {
      // Before vitest itself.
      order: "pre" as const,
      handler: (config: ViteConfig): void => {
        const named = config.test?.reporters ?? [];
        this.#references ??= Array.isArray(named) ? (named as readonly Reference[]) : [named];
        config.test = { ...config.test, reporters: [this.#teller] };
      },
    },
  };

  get #teller(): Reporter {
    return new Proxy(this.#ours, {
      get: (ours, name) => {
        const own: unknown = Reflect.get(ours, name);
        if (typeof name !== "string" || !/^on[A-Z]/.test(name)) return own;
        const tell = typeof own === "function" ? (own as Hook).bind(ours) : undefined;
        if (untold.has(name) || !this.#reporters.some((reporter) => name in reporter)) return tell;
        return async (...args: unknown[]) => {
          await tell?.(...args);
          await this.#tell(name, args);
        };
      },
    });
  }

  /** @throws Error when one cannot be loaded, which with vitest ends the run */
  async load(module: VitestModule, vitest: Vitest): Promise<void> {
    const known = (module as { ReportersMap?: Readonly<Record<string, unknown>> }).ReportersMap ?? {};
    const names = new Set([...usual, ...Object.keys(known)]);
    const classes = new Set<unknown>(Object.values(known));
    const reporters: Reporter[] = [];
    for (const reference of this.#references ?? []) {
      const reporter = await instanceOf(reference, names, vitest);
      // A class that extends one of vitest's own is the project's.
      if (reporter !== undefined && !classes.has(reporter.constructor)) reporters.push(reporter);
    }
    for (const reporter of reporters) await (reporter.onInit as Hook | undefined)?.call(reporter, vitest);
    this.#reporters = reporters;
  }

  /** @returns what one of them threw since this was asked last */
  takeFault(): Error | undefined {
    const fault = this.#fault;
    this.#fault = undefined;
    return fault;
  }

  async #tell(name: string, args: readonly unknown[]): Promise<void> {
    if (name === beginning && this.#hasBegun) return;
    if (name === beginning) this.#hasBegun = true;
    for (const reporter of this.#reporters)
      try {
        await (Reflect.get(reporter, name) as Hook | undefined)?.apply(reporter, [...args]);
      } catch (error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.#fault ??= new Error(`A reporter of the project failed in ${name}: ${text}`);
      }
  }
}

/** @returns undefined for one of vitest's own, and for what a configuration leaves out by a condition */
async function instanceOf(
  reference: Reference | false | null | undefined,
  own: ReadonlySet<string>,
  vitest: Vitest,
): Promise<Reporter | undefined> {
  if (reference === false || reference === null || reference === undefined) return undefined;
  const isNamed = typeof reference === "string" || Array.isArray(reference);
  if (!isNamed) return reference as Reporter;
  const [name, options] = (typeof reference === "string" ? [reference] : reference) as readonly [string, unknown?];
  if (own.has(name)) return undefined;
  try {
    const { default: Class } = await vitest.getRootProject().import<{ default: ReporterClass }>(name);
    return new Class(options);
  } catch (error) {
    throw new Error(`The reporter ${name} could not be loaded.`, { cause: error });
  }
}

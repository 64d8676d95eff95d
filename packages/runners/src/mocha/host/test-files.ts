import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { types } from "node:util";
import type { MochaInstance, MochaSuite } from "./mocha-api.ts";

/**
 * Loads test files, and loads them again: mocha leaves that to Node's caches, in which a file that was loaded before defines nothing.
 * Only the files themselves are fresh, what they import is not; nor is what goes before others and defines nothing, as tests may have
 * imported it.
 */
export class TestFiles {
  readonly #require: NodeJS.Require;
  readonly #kinds = new Map<string, "commonjs" | "module">();
  /** Files that define nothing, and have done once what they do. */
  readonly #silent = new Set<string>();
  #loads = 0;

  constructor(mochaRoot: string) {
    this.#require = createRequire(join(mochaRoot, "package.json"));
  }

  /** @param before what goes before the file, in order; absolute paths. @throws what a file throws */
  async load(mocha: MochaInstance, before: readonly string[], last: string): Promise<void> {
    mocha.lazyLoadFiles(true);
    const files = [...before.filter((file) => file !== last), last];
    for (const file of files) {
      if (this.#silent.has(file) && file !== last) continue;
      const defined = definedIn(mocha.suite);
      const entry = this.#entryOf(file);
      // Another test file may have required it, and so defined its tests as its own.
      if (entry !== undefined) delete this.#require.cache[entry];
      const kind = this.#kinds.get(file);
      this.#loads += 1;
      if (kind === undefined) await this.#loadFirst(mocha, file, entry);
      else await this.#loadAgain(mocha, file, kind);
      if (definedIn(mocha.suite) === defined) this.#silent.add(file);
    }
    // Those that mocha forgets when it is disposed of.
    mocha.files = files.filter((file) => !this.#silent.has(file));
  }

  async #loadFirst(mocha: MochaInstance, file: string, entry: string | undefined): Promise<void> {
    mocha.files = [file];
    await mocha.loadFilesAsync();
    const cached = entry === undefined ? undefined : this.#require.cache[entry];
    this.#kinds.set(file, cached === undefined || types.isModuleNamespaceObject(cached.exports) ? "module" : "commonjs");
  }

  /** What mocha does for a file, but that a module goes by another name each time: nothing else makes Node evaluate it again. */
  async #loadAgain(mocha: MochaInstance, file: string, kind: "commonjs" | "module"): Promise<void> {
    const { suite } = mocha;
    suite.emit("pre-require", globalThis, file, mocha);
    const loaded: unknown =
      kind === "commonjs"
        ? this.#require(file)
        : exportsOf((await import(`${pathToFileURL(file).href}?again=${this.#loads}`)) as { default?: unknown });
    suite.emit("require", loaded, file, mocha);
    suite.emit("post-require", globalThis, file, mocha);
  }

  #entryOf(file: string): string | undefined {
    try {
      return this.#require.resolve(file);
    } catch {
      // Not there: loading it says so.
      return undefined;
    }
  }
}

/** How much there is at the outermost level. */
function definedIn(suite: MochaSuite): number {
  const { tests, suites, _beforeAll, _beforeEach, _afterAll, _afterEach } = suite;
  return [tests, suites, _beforeAll, _beforeEach, _afterAll, _afterEach].reduce((sum, { length }) => sum + length, 0);
}

function exportsOf(module: { default?: unknown }): unknown {
  return module.default ?? { ...module, default: undefined };
}

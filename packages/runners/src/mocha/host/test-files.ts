import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { types } from "node:util";
import type { MochaInstance } from "./mocha-api.ts";

/**
 * Loads test files, and loads them again: mocha leaves that to Node's caches, in which a file that was loaded before defines nothing.
 * Only the files themselves are fresh, what they import is not.
 */
export class TestFiles {
  readonly #require: NodeJS.Require;
  readonly #kinds = new Map<string, "commonjs" | "module">();
  #loads = 0;

  constructor(mochaRoot: string) {
    this.#require = createRequire(join(mochaRoot, "package.json"));
  }

  /** @param files absolute paths, in order. @throws what a file throws */
  async load(mocha: MochaInstance, files: readonly string[]): Promise<void> {
    mocha.lazyLoadFiles(true);
    for (const file of files) {
      const entry = this.#entryOf(file);
      // Another test file may have required it, and so defined its tests as its own.
      if (entry !== undefined) delete this.#require.cache[entry];
      const kind = this.#kinds.get(file);
      this.#loads += 1;
      if (kind === undefined) await this.#loadFirst(mocha, file, entry);
      else await this.#loadAgain(mocha, file, kind);
    }
    mocha.files = [...files];
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

function exportsOf(module: { default?: unknown }): unknown {
  return module.default ?? { ...module, default: undefined };
}

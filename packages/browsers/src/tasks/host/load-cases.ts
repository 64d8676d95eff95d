import { registerHooks } from "node:module";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { cut } from "@shardwright/runners/host";
import { takeBrowserTests, type BrowserTestEntry, type BrowserTestFunction } from "../../test.ts";

const ownName = "@shardwright/browsers/test";
const ownPlace = new URL(`../../test${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url).href;

// A project that did not install the package can import it all the same.
registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== ownName) return next(specifier, context);
    try {
      return next(specifier, context);
    } catch {
      return { url: ownPlace, format: ownPlace.endsWith(".ts") ? "module-typescript" : "module", shortCircuit: true };
    }
  },
});

/** What a case is called in its result. */
export function pathOf({ name }: Pick<BrowserTestEntry, "name">): string[] {
  return [cut(name === "" ? "<anonymous>" : name, 4000)];
}

let loads = 0;

/** The cases of a test module: those it defines with `test`, or its default export. @throws what the module throws, and where it has none */
export async function loadCases(path: string): Promise<BrowserTestEntry[]> {
  loads += 1;
  takeBrowserTests();
  // Each time anew: a module that was loaded before would define nothing.
  const module = (await import(`${pathToFileURL(path).href}?shardwright=${loads}`)) as { default?: unknown };
  const defined = takeBrowserTests();
  if (typeof module.default === "function") {
    const run = module.default as BrowserTestFunction;
    defined.push({ name: nameOf(path), run, options: {} });
  }
  if (defined.length === 0)
    throw new Error(
      `${basename(path)} has no test: export a function as its default, or call test(name, function) of ${ownName} in it.`,
    );
  return defined;
}

/** What a file's only case is called: `login.browser.ts` has `login`. */
export function nameOf(path: string): string {
  return basename(path).replace(/(?:\.bench(?:mark)?)?\.browser\.\w+$/, "");
}

import { registerHooks } from "node:module";
import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";

/** A module may await what never comes, and the run with it. */
const import_ms = 10_000;

/**
 * Imports a plugin as a module in this folder would: a package by its name, or a file by a path that begins with a dot or a slash.
 * @returns what it exports by default
 * @throws what Node throws where there is no such module, or where it fails; Error where it has not ended in time
 */
export async function importPlugin(name: string, folder: string): Promise<unknown> {
  const specifier = isAbsolute(name) ? pathToFileURL(name).href : name;
  const parentURL = pathToFileURL(join(folder, "shardwright.config.js")).href;
  const alias = `${specifier} for ${parentURL}`;
  const hooks = registerHooks({
    resolve: (wanted, context, next) => (wanted === alias ? next(specifier, { ...context, parentURL }) : next(wanted, context)),
  });
  const late = Promise.withResolvers<never>();
  const reason = `its top-level await has not ended within ${import_ms / 1000} s`;
  const timer = setTimeout(() => late.reject(new Error(reason)), import_ms);
  try {
    const module = (await Promise.race([import(alias), late.promise])) as { default?: unknown };
    return unwrapped(module.default);
  } finally {
    clearTimeout(timer);
    hooks.deregister();
  }
}

/** A CommonJS module that was an ECMAScript module once has its default export one step deeper. */
function unwrapped(exported: unknown): unknown {
  const isWrapped = typeof exported === "object" && exported !== null && "__esModule" in exported && "default" in exported;
  return isWrapped ? exported.default : exported;
}

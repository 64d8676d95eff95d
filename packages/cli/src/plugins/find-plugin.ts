import { registerHooks } from "node:module";
import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Imports a plugin as a module in this folder would: a package by its name, or a file by a path that begins with a dot or a slash.
 * @returns what it exports by default
 * @throws what Node throws where there is no such module, or where it fails
 */
export async function importPlugin(name: string, folder: string): Promise<unknown> {
  const specifier = isAbsolute(name) ? pathToFileURL(name).href : name;
  const parentURL = pathToFileURL(join(folder, "shardwright.config.js")).href;
  const alias = `${specifier} for ${parentURL}`;
  const hooks = registerHooks({
    resolve: (wanted, context, next) => (wanted === alias ? next(specifier, { ...context, parentURL }) : next(wanted, context)),
  });
  try {
    const module = (await import(alias)) as { default?: unknown };
    return unwrapped(module.default);
  } finally {
    hooks.deregister();
  }
}

/** A CommonJS module that was an ECMAScript module once has its default export one step deeper. */
function unwrapped(exported: unknown): unknown {
  const isWrapped = typeof exported === "object" && exported !== null && "__esModule" in exported && "default" in exported;
  return isWrapped ? exported.default : exported;
}

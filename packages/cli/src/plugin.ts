import type { Reporter } from "@shardwright/plugin";
import type { Runner } from "@shardwright/runners";
import { z } from "zod";

export type { ReportPlace, Reporter } from "@shardwright/plugin";

/** What a plugin brings. The built-in runners and reporters come the same way. */
export interface Plugin {
  readonly name: string;
  readonly runners?: readonly Runner[];
  readonly reporters?: readonly Reporter[];
}

/**
 * Declares a plugin, for `plugins: […]` in the configuration file.
 * @example export default { plugins: [definePlugin({ name: "zig", runners: [zigRunner] })] }
 */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}

const functionSchema = z.custom<(...args: never[]) => unknown>((value) => typeof value === "function", "it must be a function");

/** Checks the shape only: what the functions do is the plugin's own affair. */
export const pluginSchema = z.object({
  name: z.string().min(1).max(128),
  runners: z
    .array(
      z.looseObject({
        name: z.string().regex(/^[a-z][a-z0-9-]*$/, "use lower case and dashes"),
        capabilities: z.looseObject({ title: z.string() }),
        detect: functionSchema,
        discover: functionSchema,
        open: functionSchema,
      }),
    )
    .optional(),
  reporters: z
    .array(z.looseObject({ format: z.string(), file: z.string().regex(/^[\w.-]+$/), write: functionSchema }))
    .optional(),
});

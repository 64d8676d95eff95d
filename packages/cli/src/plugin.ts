import type { RunReport } from "@shardwright/core";
import type { Runner } from "@shardwright/runners";
import { z } from "zod";

export interface ReportPlace {
  /** @param path relative to the reports, as artifacts have it */
  readonly attachment: (path: string) => string;
}

/** Turns a finished run into one file. */
export interface Reporter {
  /** The name for `--report-formats`. */
  readonly format: string;
  /** The file's name inside `--output-dir`. */
  readonly file: string;
  /**
   * The file's content, whole or in pieces.
   * @param place how this CI system wants a file named that lies beside the reports
   */
  write(report: RunReport, place?: ReportPlace): string | Iterable<string>;
}

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

import { z } from "zod";
import type { Kind, PartOf } from "./kinds.ts";

const calls = z.custom<(...args: never[]) => unknown>((value) => typeof value === "function", "it must be a function");
const partName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9-]*$/, "use lower case and dashes");

/** The shape only: what the functions do is the plugin's own affair. */
export const pluginSchema = z.looseObject({
  name: z
    .string()
    .max(214)
    .regex(/^[a-z0-9@][a-z0-9._/-]*$/, "use the package's name: shardwright-plugin-zig"),
  version: z.string().max(256),
  shardwright: z.string().max(256).optional(),
  setup: calls,
});

const partSchemas: Readonly<Record<Kind, z.ZodType>> = {
  runner: z.looseObject({
    name: partName,
    capabilities: z.looseObject({ title: z.string() }),
    detect: calls,
    discover: calls,
    open: calls,
  }),
  provider: z.looseObject({
    name: partName,
    capabilities: z.looseObject({ title: z.string() }),
    log: z.looseObject({ group: calls, neutralise: calls }),
    detect: calls,
    describe: calls,
    channels: z.array(z.looseObject({ name: z.string(), publish: calls, unavailable: calls })),
  }),
  reporter: z.looseObject({
    format: partName,
    file: z.string().regex(/^[\w.-]+$/, "use letters, digits, dots, dashes"),
    write: calls,
  }),
  notifier: z.looseObject({ name: partName, send: calls }),
  dealingPolicy: z.looseObject({ name: partName, choose: calls }),
  recoveryStrategy: z.looseObject({ name: partName, duplicatesEarly: z.boolean().optional(), decide: calls }),
  metricSource: z.looseObject({ name: partName, read: calls }),
};

/** @throws Error that lists what is wrong with it */
export function checkPart<K extends Kind>(kind: K, part: PartOf[K]): void {
  const { error } = partSchemas[kind].safeParse(part);
  if (error !== undefined) throw new Error(problemsOf(error).join("; "));
}

/** One line for each problem, with its field. */
export function problemsOf(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => [...path.map(String), message].join(": "));
}

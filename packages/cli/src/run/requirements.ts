import { requirementsSchema, ShardwrightError, type Requirements } from "@shardwright/core";
import { z } from "zod";

/** Beside the exact form, the short ones people write: `{"browser":"firefox","hardware":["cuda"],"labels":["gpu"]}`. */
const looseSchema = z.strictObject({
  ...requirementsSchema.shape,
  browser: z.string().optional(),
  hardware: z.union([z.string(), z.array(z.string())]).optional(),
  labels: z.array(z.string()).optional(),
});

/** Puts `--requirements` and `--hardware-requirements` together. @throws ShardwrightError `config-invalid` */
export function readRequirements(json: unknown, tags: readonly string[] | undefined): Requirements {
  const parsed = looseSchema.safeParse(json ?? {});
  if (!parsed.success)
    throw new ShardwrightError("config-invalid", {
      problems: parsed.error.issues
        .map((issue) => `  --requirements${issue.path.length > 0 ? `: ${issue.path.join(".")}` : ""}: ${issue.message}`)
        .join("\n"),
    });
  const { browser, hardware, labels, ...exact } = parsed.data;
  const all = new Set([
    ...(exact.tags ?? []),
    ...(browser === undefined ? [] : [`browser:${browser}`]),
    ...(typeof hardware === "string" ? [hardware] : (hardware ?? [])),
    ...(labels ?? []),
    ...(tags ?? []),
  ]);
  return all.size === 0 ? exact : { ...exact, tags: [...all] };
}

import { browserKindSchema, requirementsSchema, ShardwrightError, type Requirements } from "@shardwright/core";
import { z } from "zod";

/** Beside the exact form, the short ones people write: `{"browser":"firefox","hardware":["cuda"],"labels":["gpu"]}`. */
export const looseRequirementsSchema = z
  .strictObject({
    ...requirementsSchema.shape,
    browser: z.string().optional(),
    browsers: z.array(browserKindSchema).min(1).max(16).optional(),
    hardware: z.union([z.string(), z.array(z.string())]).optional(),
    labels: z.array(z.string()).optional(),
  })
  .refine(({ browser, browsers }) => browser === undefined || browsers === undefined, {
    path: ["browsers"],
    message: "name one `browser`, or several `browsers`",
  });

/** What tests need of their worker, and the browsers that each of them is to run in, where there are several. */
export interface Needs {
  readonly requirements: Requirements;
  readonly browsers: readonly string[] | undefined;
}

/** Puts `--requirements` and `--hardware-requirements` together. @throws ShardwrightError `config-invalid` */
export function readNeeds(json: unknown, tags: readonly string[] | undefined): Needs {
  const parsed = looseRequirementsSchema.safeParse(json ?? {});
  if (!parsed.success)
    throw new ShardwrightError("config-invalid", {
      problems: parsed.error.issues
        .map((issue) => `  --requirements${issue.path.length > 0 ? `: ${issue.path.join(".")}` : ""}: ${issue.message}`)
        .join("\n"),
    });
  return needsOf(parsed.data, tags);
}

/** Turns the short forms into the exact one. */
export function needsOf(loose: z.infer<typeof looseRequirementsSchema>, tags: readonly string[] = []): Needs {
  const { browser, browsers, hardware, labels, ...exact } = loose;
  const all = new Set([
    ...(exact.tags ?? []),
    ...(browser === undefined ? [] : [`browser:${browser}`]),
    ...(typeof hardware === "string" ? [hardware] : (hardware ?? [])),
    ...(labels ?? []),
    ...tags,
  ]);
  return { requirements: all.size === 0 ? exact : { ...exact, tags: [...all] }, browsers };
}

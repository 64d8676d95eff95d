import { z } from "zod";
import { nameSchema } from "./ids.ts";

/** The most slots a quota can name. */
const quotaLimit = 100_000;

/** A project's quota as people write it, `shop=8`: so many slots at the same time. `*=8` is for projects that are not named. */
export const quotaSchema = z.string().superRefine((text, context) => {
  const [project, slots] = quotaParts(text);
  if (project !== "*" && !nameSchema.safeParse(project).success)
    context.addIssue(`${JSON.stringify(text.slice(0, 200))} names no project: write shop=8, or *=8 for all that are not named`);
  else if (!/^\d{1,6}$/.test(slots) || Number(slots) < 1 || Number(slots) > quotaLimit)
    context.addIssue(
      `the quota of ${project} is a whole number from 1 to ${quotaLimit}, not ${JSON.stringify(slots.slice(0, 200))}`,
    );
});

/** A list of quotas, each project once. */
export const quotasSchema = z
  .array(quotaSchema)
  .min(1, "name at least one, or leave it out")
  .max(1000)
  .superRefine((quotas, context) => {
    const projects = quotas.map((quota) => quotaParts(quota)[0]);
    const again = projects.find((project, index) => projects.indexOf(project) < index);
    if (again !== undefined) context.addIssue(`${again} has two quotas`);
  });

/** Most slots by project, from quotas that were checked. */
export function readQuotas(quotas: readonly string[]): Map<string, number> {
  return new Map(
    quotas.map((quota) => {
      const [project, slots] = quotaParts(quota);
      return [project, Number(slots)];
    }),
  );
}

function quotaParts(text: string): [project: string, slots: string] {
  const at = text.lastIndexOf("=");
  return at === -1 ? [text.trim(), ""] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

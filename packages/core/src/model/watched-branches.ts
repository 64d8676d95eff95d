import { z } from "zod";
import { nameSchema } from "./ids.ts";

/** A branch that is watched, or one for a project alone: `shop=develop`. */
const watchedBranchSchema = z
  .string()
  .min(1)
  .max(512)
  .superRefine((text, context) => {
    const { project, branch } = partsOf(text);
    if (branch === "" || (project !== undefined && !nameSchema.safeParse(project).success))
      context.addIssue(`${JSON.stringify(text.slice(0, 200))} names no branch: write main, or shop=develop`);
  });

/** Branches in the order in which they are looked for. */
export const watchedBranchesSchema = z
  .array(watchedBranchSchema)
  .min(1, "name at least one, or switch trends-alerts off")
  .max(1000);

/** The branches of a project that are watched: its own, where it has some, else those that are for all. */
export function watchedBranches(setting: readonly string[], project: string): string[] {
  const parts = setting.map(partsOf);
  const own = parts.filter((each) => each.project === project);
  return (own.length > 0 ? own : parts.filter((each) => each.project === undefined)).map(({ branch }) => branch);
}

/** A branch may have an equals sign in it, and hardly ever has. */
function partsOf(text: string): { readonly project: string | undefined; readonly branch: string } {
  const at = text.indexOf("=");
  return at === -1
    ? { project: undefined, branch: text.trim() }
    : { project: text.slice(0, at).trim(), branch: text.slice(at + 1).trim() };
}

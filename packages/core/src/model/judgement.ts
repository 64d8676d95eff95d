import { z } from "zod";
import type { Suite } from "./task.ts";

/** What the coverage of a run whose tests have passed comes to; `errored` where it could not be joined. */
export const judgementVerdictSchema = z.enum(["passed", "failed", "errored"]);
export type JudgementVerdict = z.infer<typeof judgementVerdictSchema>;

/** Who could not join it knows nothing of it, and gives way to who could; of those, one that found too little is believed. */
const strength = { errored: 0, passed: 1, failed: 2 } as const satisfies Record<JudgementVerdict, number>;

/** Whether what is said of a run's coverage takes the place of what was said before, by another of its jobs or by the same one. */
export function outweighs(said: JudgementVerdict, before: JudgementVerdict): boolean {
  return strength[said] > strength[before];
}

/** Whether what a suite's tests cover is measured, to be joined when they have run. */
export function isCovered({ options }: Pick<Suite, "options">): boolean {
  return options["coverage"] === true;
}

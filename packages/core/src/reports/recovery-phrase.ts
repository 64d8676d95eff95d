import type { Recovery } from "../model/attempt.ts";

const actions: Readonly<Record<Exclude<Recovery["action"], "give-up">, string>> = {
  again: "runs again",
  elsewhere: "runs again elsewhere",
  afresh: "runs again elsewhere and afresh",
};

const ends: Readonly<Record<Exclude<NonNullable<Recovery["because"]>, "resumed">, string>> = {
  retries: "its retries are spent",
  budget: "the run's retries are spent",
  losses: "machines failed with it too often",
  hopeless: "nothing of its runner works at the moment",
};

/** What was decided for a task after an attempt, as the end of a sentence about it. */
export function recoveryPhrase({ action, because }: Pick<Recovery, "action" | "because">): string {
  if (because === "resumed") return "is run as a whole to tell, as only some of its tests ran";
  if (action !== "give-up") return actions[action];
  return because === undefined ? "is not run again" : `is not run again: ${ends[because]}`;
}

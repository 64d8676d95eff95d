import type { Direction, Judgement } from "./analysis.ts";

/** What a shift means for a series of which less or more is better. */
export function judge(
  shift: number,
  better: "lower" | "higher",
): { readonly direction: Direction; readonly judgement: Judgement } {
  const direction = shift < 0 ? "down" : "up";
  return { direction, judgement: (direction === "up") === (better === "higher") ? "improvement" : "regression" };
}

import type { Plan } from "./plan.ts";
import type { Play } from "./simulate.ts";
import type { Result } from "./world.ts";

/** Worlds to try at most. */
const mostTries = 400;

/**
 * Leaves out what a violation does not need: halves of the actions, then quarters, down to single ones (Zeller's ddmin), then all
 * trouble of the network. What remains breaks the same rule.
 */
export async function shrink(plan: Plan, rule: string, play: Play): Promise<{ readonly plan: Plan; readonly result: Result }> {
  let best = { plan, result: await play(plan) };
  let tries = 0;
  const isTired = (): boolean => tries >= mostTries;
  const isEnough = async (candidate: Plan): Promise<boolean> => {
    tries += 1;
    const result = await play(candidate);
    if (result.violation?.rule !== rule) return false;
    best = { plan: candidate, result };
    return true;
  };
  let size = Math.ceil(plan.actions.length / 2);
  while (size > 0 && !isTired()) {
    let hasShrunk = false;
    for (let start = 0; start < best.plan.actions.length;) {
      const { actions } = best.plan;
      const fewer = [...actions.slice(0, start), ...actions.slice(start + size)];
      if (await isEnough({ ...best.plan, actions: fewer })) hasShrunk = true;
      else start += size;
    }
    if (!hasShrunk || size > 1) size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  const { weather } = best.plan;
  await isEnough({ ...best.plan, weather: { ...weather, loss: 0, repeat: 0, straggle: 0 } });
  return best;
}

import type { Random } from "./random.ts";
import type { Weather } from "./network.ts";

/** Something that goes wrong, or that somebody does, at a moment of the world. `pick` chooses whom it befalls: a number in [0, 1). */
export interface Action {
  readonly at_ms: number;
  readonly kind: ActionKind;
  readonly pick: number;
  readonly length_ms: number;
}

const kinds = [
  "kill",
  "kill-leader",
  "kill-elected",
  "kill-in-step",
  "kill-all",
  "pause",
  "isolate",
  "split",
  "deafen",
  "mute",
  "half-connect",
  "slow-disk",
  "full-disk",
  "fail-sync",
  "rot",
  "clock",
  "transfer",
  "campaign",
  "leader-gone",
  "add",
  "promote",
  "remove",
  "replace",
] as const;

type ActionKind = (typeof kinds)[number];

/** What one seed's world is like. */
export interface Plan {
  readonly seed: number;
  readonly voters: number;
  readonly hasWitness: boolean;
  readonly clients: number;
  readonly weather: Weather;
  readonly length_ms: number;
  readonly messageLimit_bytes: number;
  readonly actions: readonly Action[];
  /** Afterwards only a majority is healed; the rest is down, or hears nothing and goes on talking. */
  readonly healsMajorityOnly: boolean;
}

/** Each seed has its own mixture of faults: many of one kind find more than a few of each. */
export function planOf(seed: number, random: Random): Plan {
  const length_ms = random.between(7000, 13_000);
  const weights = kinds.map((kind) => ({ kind, weight: random.chance(0.45) ? random.between(0.2, 1) : 0 }));
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  const count = total === 0 ? 0 : random.whole(5, 45);
  const actions: Action[] = [];
  for (let each = 0; each < count; each += 1) {
    let left = random.next() * total;
    const { kind } = weights.find(({ weight }) => (left -= weight) < 0) ?? { kind: "kill" as const };
    actions.push({ at_ms: random.between(200, length_ms), kind, pick: random.next(), length_ms: random.between(50, 2500) });
  }
  const isWild = random.chance(0.6);
  return {
    seed,
    voters: random.pick([1, 3, 3, 3, 5]),
    hasWitness: random.chance(0.15),
    clients: random.whole(3, 6),
    weather: {
      loss: isWild ? random.between(0, 0.2) : 0,
      repeat: isWild ? random.between(0, random.pick([0.2, 0.6])) : 0,
      straggle: isWild ? random.between(0, 0.05) : 0,
      delay_ms: [0.3, random.pick([2, 8, 30])],
    },
    length_ms,
    messageLimit_bytes: random.pick([1, 200, 600]),
    actions: actions.sort((first, second) => first.at_ms - second.at_ms),
    healsMajorityOnly: random.chance(0.3),
  };
}

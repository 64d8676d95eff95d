import { elections } from "./scenarios/elections.ts";
import { logs } from "./scenarios/logs.ts";
import { members } from "./scenarios/members.ts";
import { reads } from "./scenarios/reads.ts";
import { snapshots } from "./scenarios/snapshots.ts";
import { transfers } from "./scenarios/transfers.ts";
import { witnesses } from "./scenarios/witnesses.ts";

/** Stories with a name that says how they end: each throws if they do not. */
export const scenarios: ReadonlyMap<string, () => void> = new Map(
  [elections, logs, members, reads, transfers, snapshots, witnesses].flatMap((group) => Object.entries(group)),
);

import { ShardwrightError } from "@shardwright/core";
import type { Outcome } from "@shardwright/raft";

/** The catalogue's error for a proposal that was not applied, or of which that is not known. */
export function errorOf(outcome: Exclude<Outcome<unknown>, { kind: "applied" }>): ShardwrightError {
  if (outcome.kind === "unknown") return new ShardwrightError("leadership-lost");
  switch (outcome.refusal) {
    case "not-leader":
    case "transferring":
    case "superseded":
    case "witness":
      return new ShardwrightError("no-leader");
    case "overloaded":
      return new ShardwrightError("queue-full", {
        count: "many",
        what: "facts that wait for a majority of its members",
        wait: "",
      });
    case "change-pending":
    case "term-uncommitted":
    case "not-one-step":
    case "no-voter":
    case "too-many-witnesses":
    case "not-caught-up":
    case "not-a-voter":
      return new ShardwrightError("membership-refused", { reason: outcome.refusal });
  }
}

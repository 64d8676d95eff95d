import type { TrendAlert } from "@shardwright/core";
import { Tag } from "../../components/badge.tsx";

const tones = { open: "failed", acknowledged: "incomplete", invalid: "skipped", fixed: "passed" } as const;

/** What has become of an alert. */
export function StateTag({ state }: Pick<TrendAlert, "state">) {
  return <Tag tone={tones[state]}>{state}</Tag>;
}

import type { TrendAlert } from "@shardwright/core";
import { Tag } from "../../components/badge.tsx";

/** Whether what changed is for the better. */
export function JudgementTag({ of }: { readonly of: TrendAlert["judgement"] }) {
  return of === "regression" ? <Tag tone="failed">got worse</Tag> : <Tag tone="passed">got better</Tag>;
}

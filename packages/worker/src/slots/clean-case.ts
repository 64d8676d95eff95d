import {
  caseName,
  caseResultSchema,
  caseTextLimit,
  cutText,
  withCleanNames,
  withSoundMeasurements,
  type CaseResult,
  type Failure,
} from "@shardwright/core";
import type { SecretMask } from "../output/secrets.ts";

const noteLength = 1000;

export interface CleanCase {
  readonly result: CaseResult;
  /** What it measured and could not be kept. */
  readonly dropped: readonly string[];
}

/** Which of a case's measurements were left out, and why, for a notice. */
export function droppedNote({ path, ordinal }: CaseResult, dropped: readonly string[], mask: SecretMask): string {
  return cutText(`Left out of ${caseName({ path, ordinal })}: ${mask.text(dropped.join("; "))}`, noteLength - 100);
}

/** Masks a case's texts and cuts them to what the protocol carries. Undefined when a runner reports what is no case at all. */
export function cleanCase(result: CaseResult, mask: SecretMask): CleanCase | undefined {
  const { result: sound, dropped } = withSoundMeasurements(result);
  const cleaned: Record<string, unknown> = {
    ...sound,
    ...withCleanNames(sound, (text) => mask.text(text)),
    path: result.path.map((part) => mask.text(part).slice(0, 4096)),
  };
  for (const field of ["message", "details", "output"] as const) {
    const text = result[field];
    if (text !== undefined) cleaned[field] = cutText(mask.text(text), caseTextLimit);
  }
  if (result.properties !== undefined)
    cleaned["properties"] = Object.fromEntries(
      Object.entries(result.properties).map(([name, value]) => [name.slice(0, 256), mask.text(value).slice(0, 4096)]),
    );
  const parsed = caseResultSchema.safeParse(cleaned).data;
  return parsed === undefined ? undefined : { result: parsed, dropped };
}

export function cleanFailure(failure: Failure, mask: SecretMask): Failure {
  return { ...failure, message: cutText(mask.text(failure.message), 4000) };
}

import { caseResultSchema, caseTextLimit, cutText, type CaseResult, type Failure } from "@shardwright/core";
import type { SecretMask } from "../output/secrets.ts";

/** Masks a case's texts and cuts them to what the protocol carries. Undefined when a runner reports what is no case at all. */
export function cleanCase(result: CaseResult, mask: SecretMask): CaseResult | undefined {
  const cleaned: Record<string, unknown> = { ...result, path: result.path.map((part) => mask.text(part).slice(0, 4096)) };
  for (const field of ["message", "details", "output"] as const) {
    const text = result[field];
    if (text !== undefined) cleaned[field] = cutText(mask.text(text), caseTextLimit);
  }
  if (result.properties !== undefined)
    cleaned["properties"] = Object.fromEntries(
      Object.entries(result.properties).map(([name, value]) => [name.slice(0, 256), mask.text(value).slice(0, 4096)]),
    );
  return caseResultSchema.safeParse(cleaned).data;
}

export function cleanFailure(failure: Failure, mask: SecretMask): Failure {
  return { ...failure, message: cutText(mask.text(failure.message), 4000) };
}

import { type CaseResult, type Failure, speaksOfBrowser, speaksOfMachine } from "@shardwright/core";

/** A cause that a failure's own words tell: the machine had run out of something, or the browser died. */
export type Cause = "infrastructure" | "browser-crash";

/** The one cause that all of these cases tell; undefined when any of them tells none, or another. */
export function causeOf(cases: readonly CaseResult[]): Cause | undefined {
  const [first, ...others] = cases.map(({ message = "", details = "" }) => causeIn(message) ?? causeIn(details));
  return others.every((other) => other === first) ? first : undefined;
}

/** What its worker calls a failure, unless all that is told of it tells the cause. */
export function classed(failure: Failure | undefined, told: { readonly hasFailed: boolean; readonly cause?: Cause | undefined }) {
  if (failure === undefined || failure.kind === "infrastructure") return failure;
  const cause = told.hasFailed ? told.cause : causeIn(failure.message);
  return cause === undefined ? failure : { ...failure, kind: cause };
}

function causeIn(text: string): Cause | undefined {
  if (speaksOfMachine(text)) return "infrastructure";
  return speaksOfBrowser(text) ? "browser-crash" : undefined;
}

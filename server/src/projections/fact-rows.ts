import type { Fact, FactBody, RunId } from "@shardwright/core";
import type { AppliedFact } from "../ledger/ledger.ts";

/** Facts of one run that follow each other, as the tables keep them. */
export interface FactRow {
  /** Of the last one. */
  readonly position: number;
  readonly at_ms: number;
  readonly run: RunId;
  /** JSON: one body, or an array of them. */
  readonly body: string;
}

/** Facts, and characters, that share a row at most: who reads one of them reads all. */
const rowLimit = 128;
const rowLimit_chars = 65_536;

/**
 * The facts that are of a run, as rows: those that came together, of one run and one after the other, share one, which costs hardly more
 * than one alone. All nodes share rows out alike, whenever they write them.
 */
export function rowsOf(facts: readonly AppliedFact[]): FactRow[] {
  const rows: FactRow[] = [];
  let texts: string[] = [];
  let chars = 0;
  let last: AppliedFact | undefined;
  const end = () => {
    const [only] = texts;
    if (last !== undefined && "run" in last.fact.body && only !== undefined)
      rows.push({
        position: last.fact.position,
        at_ms: last.fact.at_ms,
        run: last.fact.body.run,
        body: texts.length === 1 ? only : `[${texts.join(",")}]`,
      });
    [texts, chars] = [[], 0];
  };
  for (const one of facts) {
    if (!("run" in one.fact.body)) continue;
    if (texts.length >= rowLimit || chars >= rowLimit_chars || (last !== undefined && !follows(last, one))) end();
    texts.push(one.text);
    chars += one.text.length;
    last = one;
  }
  end();
  return rows;
}

/** The facts of a row, oldest first. */
export function factsOf({ position, at_ms, body }: Omit<FactRow, "run">): Fact[] {
  const read = JSON.parse(body) as FactBody | FactBody[];
  const bodies = Array.isArray(read) ? read : [read];
  return bodies.map((each, index) => ({ position: position - bodies.length + 1 + index, at_ms, body: each }));
}

function follows(last: AppliedFact, next: AppliedFact): boolean {
  if (next.entry !== last.entry || next.fact.position !== last.fact.position + 1) return false;
  return "run" in last.fact.body && "run" in next.fact.body && last.fact.body.run === next.fact.body.run;
}

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
 * The facts that are of a run, as rows: those that follow each other, of one run and of one moment, share one, which costs hardly more than
 * one alone. Nodes may share rows out differently; the facts that are read from them are the same.
 */
export function rowsOf(facts: readonly AppliedFact[]): FactRow[] {
  const rows: FactRow[] = [];
  let texts: string[] = [];
  let chars = 0;
  let last: Fact | undefined;
  const end = () => {
    const [only] = texts;
    if (last !== undefined && "run" in last.body && only !== undefined)
      rows.push({
        position: last.position,
        at_ms: last.at_ms,
        run: last.body.run,
        body: texts.length === 1 ? only : `[${texts.join(",")}]`,
      });
    [texts, chars] = [[], 0];
  };
  for (const { fact, text } of facts) {
    if (!("run" in fact.body)) continue;
    if (texts.length >= rowLimit || chars >= rowLimit_chars || (last !== undefined && !follows(last, fact))) end();
    texts.push(text);
    chars += text.length;
    last = fact;
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

function follows(last: Fact, next: Fact): boolean {
  if (next.position !== last.position + 1 || next.at_ms !== last.at_ms) return false;
  return "run" in last.body && "run" in next.body && last.body.run === next.body.run;
}

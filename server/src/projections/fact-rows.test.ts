import type { Fact, FactBody } from "@shardwright/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { factsOf, rowsOf } from "./fact-rows.ts";

const runs = ["r-0123456789abcdea", "r-0123456789abcdeb"];
const appliedOf = (facts: readonly Fact[]) => facts.map((fact) => ({ fact, text: JSON.stringify(fact.body), entry: fact.at_ms }));
const bodies: fc.Arbitrary<FactBody> = fc.oneof(
  fc.record({
    type: fc.constant("RunCancelled" as const),
    run: fc.constantFrom(...runs),
    reason: fc.string({ maxLength: 40_000, size: "max" }),
  }),
  fc.record({ type: fc.constant("WorkerDraining" as const), worker: fc.constant("w-0123456789abcdef") }),
);

test("facts come out of their rows as they went in, and no row is of two runs or two entries", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(bodies, fc.nat({ max: 3 })), { maxLength: 400 }), (drawn) => {
      let at_ms = 1;
      const facts = drawn.map(([body, jump], index): Fact => ({
        position: index + 7,
        at_ms: (at_ms += jump === 0 ? 1 : 0),
        body,
      }));
      const rows = rowsOf(appliedOf(facts));
      expect(rows.flatMap(factsOf)).toEqual(facts.filter(({ body }) => "run" in body));
      for (const row of rows) {
        const own = factsOf(row);
        expect(own.at(-1)?.position).toBe(row.position);
        for (const { at_ms: moment, body } of own) {
          expect(moment).toBe(row.at_ms);
          expect("run" in body ? body.run : null).toBe(row.run);
        }
        expect(own.length).toBeLessThanOrEqual(128);
      }
    }),
    { numRuns: 50 },
  );
});

test("facts of one run that came together share a row", () => {
  const facts = [1, 2, 3].map((position): Fact => ({
    position,
    at_ms: 5,
    body: { type: "RunJoined", run: runs[0] ?? "", job: position },
  }));
  expect(rowsOf(appliedOf(facts))).toEqual([
    { position: 3, at_ms: 5, run: runs[0], body: `[${facts.map(({ body }) => JSON.stringify(body)).join(",")}]` },
  ]);
});

test("rows are the same whether entries are written together or one by one", () => {
  const facts = [1, 2, 3, 4].map((position): Fact => ({
    position,
    at_ms: 5,
    body: { type: "RunJoined", run: runs[0] ?? "", job: position },
  }));
  const applied = facts.map((fact) => ({ fact, text: JSON.stringify(fact.body), entry: fact.position < 3 ? 1 : 2 }));
  expect(rowsOf(applied)).toEqual([...rowsOf(applied.slice(0, 2)), ...rowsOf(applied.slice(2))]);
});

import type { Mutant } from "../../packages/raft/sim/mutants.ts";

/** Bugs on the coordinators' side of the ledger, planted in a copy of `server/src`: a world of coordinators has to find them. */
export const mutants: readonly Mutant[] = [
  {
    name: "applied index in a transaction of its own",
    what: "a process that dies between the two applies again what its tables have already",
    patches: [
      {
        file: "projections/apply.ts",
        find: `      advance.run({ position, fence, applied, factVersion });
      client.exec("COMMIT");`,
        replace: `      client.exec("COMMIT");
      client.exec("BEGIN");
      advance.run({ position, fence, applied, factVersion });
      client.exec("COMMIT");`,
      },
    ],
    foundBy: { seeds: 30 },
  },
  {
    name: "applied again after a restart",
    what: "the last entry that the tables have is applied a second time",
    patches: [
      {
        file: "ledger/raft-ledger.ts",
        find: "stored, applied: projections.applied }",
        replace: "stored, applied: Math.max(stored.base.index, projections.applied - 1) }",
      },
    ],
    foundBy: { seeds: 10 },
  },
  {
    name: "clock read while applying",
    what: "each node writes down another time at which a worker was given up",
    patches: [{ file: "projections/workers.ts", find: "gone_at_ms: at_ms }", replace: "gone_at_ms: Date.now() }" }],
    foundBy: { seeds: 10 },
  },
  {
    name: "snapshot without a table",
    what: "who takes tables over from a copy lacks the durations",
    patches: [
      {
        file: "projections/copy-tables.ts",
        find: "for (const name of namesOfTables(client)) {",
        replace: `for (const name of namesOfTables(client).filter((each) => each !== "timings")) {`,
      },
    ],
    foundBy: { seeds: 30 },
  },
  {
    name: "held back beyond the transaction",
    what: "attempts that have begun are still in memory when the tables say that they are written",
    patches: [
      {
        file: "projections/apply.ts",
        find: "      attempts.releaseAll();\n      keepUpTo(added.length);",
        replace: "      keepUpTo(added.length);",
      },
    ],
    foundBy: { seeds: 10 },
  },
  {
    name: "facts outlive their run",
    what: "facts that are written with the purge of their run stay, on nodes that wrote both together",
    patches: [
      {
        file: "projections/apply.ts",
        find: `if (fact.body.type === "RunsPurged") keepUpTo(at);`,
        replace: "",
      },
    ],
    foundBy: { seeds: 30 },
  },
  {
    name: "fences begin anew",
    what: "a leader that was elected gives a fence that an earlier lease has",
    patches: [
      {
        file: "projections/apply.ts",
        find: `fence: sql\`max(\${progress.fence}, \${p("fence")})\``,
        replace: `fence: sql\`\${p("fence")}\``,
      },
    ],
    foundBy: { seeds: 10 },
  },
  {
    name: "submission under way is not waited for",
    what: "two who submit under one key at the same time get two runs",
    patches: [
      {
        file: "scheduler/scheduler.ts",
        find: "const before = () => this.#submitting.get(key) ?? this.#leavingBy(submission);",
        replace: "const before = () => this.#leavingBy(submission);",
      },
    ],
    foundBy: { seeds: 30 },
  },
  {
    name: "cases counted twice",
    what: "cases that a worker sends again are taken again",
    patches: [
      {
        file: "scheduler/results.ts",
        find: "const added = cases.slice(attempt.cases - first);",
        replace: "const added = cases;",
      },
    ],
    foundBy: { seeds: 10 },
  },
  {
    name: "answered before it is durable",
    what: "a worker is told that its results are taken when they are on no other disk",
    patches: [
      {
        file: "scheduler/scheduler.ts",
        find: `    const { facts, response } = acceptEvents(state, request);
    await this.#decide(facts);`,
        replace: `    const { facts, response } = acceptEvents(state, request);
    void this.#decide(facts).catch(() => {});`,
      },
    ],
    foundBy: { seeds: 30 },
  },
  {
    name: "known before it is durable",
    what: "a worker that sends its results again is told at once that they are known, when they are on no other disk",
    patches: [
      {
        file: "ledger/proposal-queue.ts",
        find: "return Promise.all(this.#open).then(() => this.#options.position());",
        replace: "return Promise.resolve(this.#options.position());",
      },
    ],
    foundBy: { seeds: 10 },
  },
];

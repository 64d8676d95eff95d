import { addsUp } from "@shardwright/core";
import { Violation } from "../../packages/raft/sim/violation.ts";
import type { Model, ToldAttempt } from "./model.ts";
import type { Tables } from "./tables.ts";

/**
 * Compares tables with what the facts say, and with what was acknowledged.
 * @throws Violation `tables-say-what-facts-say`, `accounts-add-up`, `acknowledged-is-kept`
 */
export function checkTables(who: string, { queries }: Tables, model: Model, told: Iterable<ToldAttempt>): void {
  const differs = (what: string): never => {
    throw new Violation("tables-say-what-facts-say", `${who}: ${what}`);
  };
  const listed = queries.runs.list({ limit: 10_000 }).runs;
  if (listed.length !== model.runs.size) differs(`${listed.length} runs and not ${model.runs.size}`);
  for (const { id, status, verdict, account, cases } of listed) {
    const run = model.runs.get(id);
    if (run === undefined) return differs(`a run ${id}`);
    if ((status === "running") !== run.isRunning || verdict !== run.verdict) differs(`${id} is ${status} ${verdict}`);
    const isWhole =
      addsUp(account) &&
      account.discovered === run.tasks.length &&
      (status === "running" || account.incomplete === 0 || verdict !== "passed");
    if (!isWhole) throw new Violation("accounts-add-up", `${who}: ${id} has ${JSON.stringify(account)} of ${run.tasks.length}`);
    const rows = queries.tasks.ofRun(id);
    run.tasks.forEach(({ status: expected, attempts }, number) => {
      const row = rows[number];
      if (row?.status !== expected) differs(`task ${number} of ${id} is ${row?.status} and not ${expected}`);
      if (row?.attempt !== attempts.size)
        differs(`task ${number} of ${id} has ${row?.attempt} attempts and not ${attempts.size}`);
    });
    const cases_total = rows.reduce((sum, row) => sum + row.cases, 0);
    if (cases_total !== cases)
      throw new Violation("accounts-add-up", `${who}: ${id} has ${cases} cases, its tasks ${cases_total}`);
    const found = queries.tasks.cases(id);
    for (const { task, attempt, status: is, fence } of queries.tasks.attempts(id)) {
      const expected = run.tasks[task]?.attempts.get(attempt);
      const count = found.filter((each) => each.task === task && each.attempt === attempt).length;
      if (expected?.status !== is || expected.fence !== fence || expected.cases.size !== count)
        differs(
          `attempt ${attempt} of task ${task} of ${id} is ${is} by ${fence} with ${count} cases, not ${JSON.stringify(expected)}`,
        );
    }
  }
  for (const { id, status } of queries.workers.list(10_000))
    if (model.workers.get(id) !== status) differs(`worker ${id} is ${status} and not ${model.workers.get(id)}`);
  const tokens = queries.tokens.all();
  if (tokens.length !== model.tokens.size || tokens.some(({ id, revoked }) => model.tokens.get(id) !== revoked))
    differs("tokens");
  for (const { run, task, attempt, cases, outcome } of told) {
    if (model.purged.has(run)) continue;
    const row = queries.tasks.attempts(run).find((each) => each.task === task && each.attempt === attempt);
    const count = queries.tasks.cases(run).filter((each) => each.task === task && each.attempt === attempt).length;
    if (row === undefined || count < cases || (outcome !== undefined && row.resumes === null && row.status !== outcome))
      throw new Violation(
        "acknowledged-is-kept",
        `${who}: attempt ${attempt} of task ${task} of ${run} is ${row?.status} with ${count} cases, ${outcome} with ${cases} was told`,
      );
  }
}

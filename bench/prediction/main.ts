import { trustedForecasts } from "@shardwright/core";
import { goal, quantile, readNumbers } from "../options.ts";
import { type History, historiesOf, kinds } from "./histories.ts";
import { type Score, newScore, score, useful_ms } from "./measure.ts";

/** The precision that a predictor is held to which is on without being asked for. */
const held = 0.9;

/** Lets the predictors look at histories of workers. @returns whether those that are trusted may be */
export function prediction(args: string[]): Promise<boolean> {
  const numbers = readNumbers("prediction", args, { seeds: 200, first: 1 });
  if (numbers === undefined) return Promise.resolve(true);
  const { seeds, first } = numbers;
  const byKind = new Map(kinds.map(({ name }) => [name, newScore()]));
  const byPredictor = new Map<History["predictor"], Score>();
  for (let seed = first; seed < first + seeds; seed += 1)
    for (const history of historiesOf(seed)) {
      const total = byPredictor.get(history.predictor) ?? newScore();
      byPredictor.set(history.predictor, total);
      for (const each of [total, byKind.get(history.kind)]) if (each !== undefined) score(each, history);
    }
  console.log(
    `Histories of workers, seeds ${first} to ${first + seeds - 1}; an event is foreseen ${useful_ms / 1000} s before or more\n`,
  );
  console.log(row("", ["events", "foreseen", "alarms", "false", "false/1000 h", "lead, median"]));
  for (const { name, predictor } of kinds) console.log(scoreRow(`${predictor.padEnd(8)}${name}`, byKind.get(name)));
  console.log(`\n${row("", ["precision", "recall", "false/1000 h", "lead, median", "as told"])}`);
  const holds: boolean[] = [];
  for (const [predictor, total] of byPredictor) {
    const { events, foreseen, right, alarms, leads_ms, inTime } = total;
    const [precision, recall] = [right / alarms, foreseen / events];
    const told = predictor === "memory" || predictor === "disk" ? `${Math.round((100 * inTime) / right)} %` : "";
    console.log(
      row(predictor, [precision.toFixed(3), recall.toFixed(3), falsely(total), minutes(quantile(leads_ms, 0.5)), told]),
    );
    if (!trustedForecasts.includes(predictor)) continue;
    holds.push(precision >= held);
  }
  console.log();
  return Promise.resolve(
    goal(holds.every(Boolean), `what is on by default (${trustedForecasts.join(", ")}) has a precision of at least ${held}`),
  );
}

function scoreRow(name: string, total = newScore()): string {
  const { histories, events, foreseen, alarms, right, leads_ms } = total;
  const lead = leads_ms.length === 0 ? "" : minutes(quantile(leads_ms, 0.5));
  return row(name, [`${events} of ${histories}`, `${foreseen}`, `${alarms}`, `${alarms - right}`, falsely(total), lead]);
}

function falsely({ alarms, right, hours }: Score): string {
  return ((1000 * (alarms - right)) / hours).toFixed(1);
}

function minutes(duration_ms: number): string {
  return `${(duration_ms / 60_000).toFixed(1)} min`;
}

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(46)}${cells.map((cell) => cell.padStart(14)).join("")}`;
}

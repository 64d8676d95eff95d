import { believedEvidence, newSupply, supplyTermsFor, withAttempt, withRatio, withReading } from "@shardwright/core";
import { type History, beat_ms } from "./histories.ts";

/** Time that is enough to end what runs and to start the worker anew. */
export const useful_ms = 60_000;

/** An alarm, from when it is raised until it is taken back. */
interface Alarm {
  readonly at_ms: number;
  until_ms: number;
  /** The moments between which what was foretold should come about, as first told. */
  readonly told?: { readonly earliest_ms: number; readonly latest_ms: number };
}

/** What the production functions say of a history, as it goes on. */
function alarmsOf(history: History): Alarm[] {
  return history.predictor === "memory" || history.predictor === "disk"
    ? ofSupply(history, history.predictor)
    : ofAttempts(history);
}

function ofSupply({ readings }: History, what: "memory" | "disk"): Alarm[] {
  const alarms: Alarm[] = [];
  const terms = supplyTermsFor(what, beat_ms);
  let supply = newSupply;
  let alarm: Alarm | undefined;
  for (const { at_ms, value } of readings) {
    supply = withReading(supply, at_ms, value, terms);
    const { foretold } = supply;
    if (foretold === undefined) alarm = undefined;
    else if (alarm === undefined) {
      alarm = { at_ms, until_ms: at_ms, told: foretold };
      alarms.push(alarm);
    } else alarm.until_ms = at_ms;
  }
  return alarms;
}

function ofAttempts({ predictor, readings, elsewhere }: History): Alarm[] {
  const alarms: Alarm[] = [];
  let evidence = 0;
  let alarm: Alarm | undefined;
  for (const { at_ms, value } of readings) {
    evidence = predictor === "errors" ? withAttempt(evidence, value === 1, elsewhere?.(at_ms) ?? 0) : withRatio(evidence, value);
    if (evidence < believedEvidence) {
      if (evidence === 0) alarm = undefined;
      continue;
    }
    evidence = Math.min(evidence, 2 * believedEvidence);
    if (alarm === undefined) {
      alarm = { at_ms, until_ms: at_ms };
      alarms.push(alarm);
    } else alarm.until_ms = at_ms;
  }
  return alarms;
}

/** What became of all alarms of some histories. */
export interface Score {
  histories: number;
  hours: number;
  events: number;
  /** Events before which an alarm stood for long enough to be of use. */
  foreseen: number;
  /** Alarms that ended in the event, and all of them. */
  right: number;
  alarms: number;
  /** From the alarm to the event. */
  readonly leads_ms: number[];
  /** Events that came about when the first alarm that stood to the end had said. */
  inTime: number;
}

export const newScore = (): Score => ({
  histories: 0,
  hours: 0,
  events: 0,
  foreseen: 0,
  right: 0,
  alarms: 0,
  leads_ms: [],
  inTime: 0,
});

/** Adds a history. An alarm is right if it stands when the event comes about; one that was taken back before was a false one. */
export function score(total: Score, history: History): void {
  const { readings, event_ms } = history;
  const end_ms = readings.at(-1)?.at_ms ?? 0;
  total.histories += 1;
  total.hours += end_ms / 3_600_000;
  if (event_ms !== undefined) total.events += 1;
  for (const alarm of alarmsOf(history)) {
    total.alarms += 1;
    const stands = event_ms !== undefined && alarm.until_ms >= readings.findLast(({ at_ms }) => at_ms < event_ms - 1)!.at_ms;
    if (!stands || event_ms === undefined) continue;
    total.right += 1;
    const lead_ms = event_ms - alarm.at_ms;
    total.leads_ms.push(lead_ms);
    if (lead_ms >= useful_ms) total.foreseen += 1;
    if (alarm.told !== undefined && event_ms >= alarm.told.earliest_ms && event_ms <= alarm.told.latest_ms) total.inTime += 1;
  }
}

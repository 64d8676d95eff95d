import {
  type FactBody,
  type Forecast,
  type ForecastKind,
  type Room,
  believedEvidence,
  forecastSentence,
  isInformed,
  supplyTermsFor,
  withAttempt,
  withRatio,
  withReading,
} from "@shardwright/core";
import { noticeOnce } from "./notices.ts";
import type { SchedulerState, WorkerState } from "./state.ts";

/** What moves by less than this share of the time that is left is no news, nor by less than this time. */
const news = 0.25;
const news_ms = 30_000;
/** Attempts elsewhere that say what is usual. */
const recent_ms = 600_000;
/** Results by which it is known how fast a worker was when it came. */
const settled = 8;
/** Beyond this evidence grows no more, or it would take long to be refuted. */
const mostEvidence = 2 * believedEvidence;

/** A heartbeat came, and said what is left: looks where that leads. */
export function foresee(state: SchedulerState, worker: WorkerState, room: Room | undefined, facts: FactBody[]): void {
  const { predict, heartbeat_ms } = state.options;
  const monotonic_ms = state.clock.monotonic_ms();
  for (const kind of ["memory", "disk"] as const)
    if (room !== undefined && predict.includes(kind))
      worker.supplies[kind] = withReading(
        worker.supplies[kind],
        monotonic_ms,
        kind === "memory" ? room.memory_mib : room.disk_mib,
        supplyTermsFor(kind, heartbeat_ms),
      );
  const forecasts = predict.flatMap((kind) => forecastOf(state, worker, kind) ?? []);
  const before = worker.forecasts;
  if (forecasts.length === before.length && forecasts.every((forecast) => before.includes(forecast))) return;
  worker.forecasts = forecasts;
  facts.push({ type: "WorkerForeseen", worker: worker.id, forecasts });
  for (const forecast of forecasts) if (!before.some(({ kind }) => kind === forecast.kind)) tell(state, worker, forecast, facts);
  for (const { kind } of before)
    if (!forecasts.some((forecast) => forecast.kind === kind))
      state.log.info({ worker: worker.name, kind }, "what was foretold of a worker is not to be expected any more");
}

function tell(state: SchedulerState, worker: WorkerState, forecast: Forecast, facts: FactBody[]): void {
  const advice = forecastSentence(forecast, state.clock.now_ms());
  state.counters.foretold[forecast.kind] = (state.counters.foretold[forecast.kind] ?? 0) + 1;
  state.log.warn({ worker: worker.name, advice, ...forecast }, "a worker will not last");
  for (const run of state.runs.values())
    if ([...worker.leases.values()].some((lease) => lease.run === run))
      noticeOnce(run, "forecast", `${worker.name}: ${advice}.`, facts);
}

function forecastOf(state: SchedulerState, worker: WorkerState, kind: ForecastKind): Forecast | undefined {
  const known = worker.forecasts.find((forecast) => forecast.kind === kind);
  return kind === "memory" || kind === "disk" ? exhaustion(state, worker, kind, known) : change(state, worker, kind, known);
}

function exhaustion(
  state: SchedulerState,
  worker: WorkerState,
  kind: "memory" | "disk",
  known: Forecast | undefined,
): Forecast | undefined {
  const supply = worker.supplies[kind];
  const now_ms = state.clock.now_ms();
  if (supply.foretold === undefined) {
    // An earlier leader foretold it, and this one has not seen enough to say otherwise.
    const isTrusted = !isInformed(supply) && (known?.gone?.latest_ms ?? 0) > now_ms;
    return isTrusted ? known : undefined;
  }
  const ago_ms = now_ms - state.clock.monotonic_ms();
  const { earliest_ms, likely_ms, latest_ms } = supply.foretold;
  const gone = {
    earliest_ms: Math.max(0, Math.round(earliest_ms + ago_ms)),
    likely_ms: Math.max(0, Math.round(likely_ms + ago_ms)),
    latest_ms: Math.max(0, Math.round(latest_ms + ago_ms)),
  };
  if (known?.gone !== undefined) {
    const allowed_ms = Math.max(news_ms, news * (known.gone.earliest_ms - now_ms));
    if (Math.abs(known.gone.earliest_ms - gone.earliest_ms) <= allowed_ms) return known;
  }
  return { kind, since_ms: known?.since_ms ?? now_ms, gone };
}

function change(
  state: SchedulerState,
  worker: WorkerState,
  kind: "errors" | "speed",
  known: Forecast | undefined,
): Forecast | undefined {
  const evidence = worker.evidence[kind];
  if (known !== undefined) return evidence > 0 ? known : undefined;
  if (evidence < believedEvidence) return undefined;
  const {
    verdicts,
    pace,
    evidence: { usualPace = 1 },
  } = worker;
  const wrong = verdicts.filter(({ verdict }) => verdict !== "good").length;
  const now = kind === "errors" ? wrong / Math.max(1, verdicts.length) : pace / usualPace;
  return { kind, since_ms: state.clock.now_ms(), now };
}

/** An attempt on a worker has ended in a way that says something of it. */
export function weighAttempt(state: SchedulerState, worker: WorkerState, isWrong: boolean): void {
  if (!state.options.predict.includes("errors")) return;
  const since_ms = state.clock.monotonic_ms() - recent_ms;
  let [wrong, all] = [0, 0];
  for (const other of state.workers.values())
    for (const { verdict, at_ms } of other === worker ? [] : other.verdicts) {
      if (at_ms < since_ms) continue;
      all += 1;
      if (verdict !== "good") wrong += 1;
    }
  const { evidence } = worker;
  evidence.errors = Math.min(mostEvidence, withAttempt(evidence.errors, isWrong, wrong / Math.max(1, all)));
}

/** A task took so many times as long as it should have on a worker of its class. */
export function weighPace(state: SchedulerState, worker: WorkerState, ratio: number): void {
  if (!state.options.predict.includes("speed")) return;
  const { evidence, ratios } = worker;
  if (ratios.length < settled) return;
  evidence.usualPace ??= worker.pace;
  evidence.speed = Math.min(mostEvidence, withRatio(evidence.speed, ratio / evidence.usualPace));
}

/** How many workers something of each kind is foretold of. */
export function forecastCounts(state: SchedulerState): Record<ForecastKind, number> {
  const counts: Record<ForecastKind, number> = { memory: 0, disk: 0, errors: 0, speed: 0 };
  for (const { forecasts } of state.workers.values()) for (const { kind } of forecasts) counts[kind] += 1;
  return counts;
}

/** How much longer a worker has memory and disk, at the least, if it is foretold that these come to an end. */
export function lasts_ms(state: SchedulerState, { forecasts }: WorkerState): number | undefined {
  if (forecasts.length === 0) return undefined;
  const earliest_ms = Math.min(...forecasts.map(({ gone }) => gone?.earliest_ms ?? Number.POSITIVE_INFINITY));
  return earliest_ms === Number.POSITIVE_INFINITY ? undefined : Math.max(0, earliest_ms - state.clock.now_ms());
}

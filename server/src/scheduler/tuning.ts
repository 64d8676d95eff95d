import {
  type FactBody,
  type ParameterDefinitions,
  type SelfTuning,
  ShardwrightError,
  type Step,
  type Tally,
  type TuningChange,
  type TuningInfo,
  type TuningList,
  type TuningParameter,
  type TuningRequest,
  type TuningState,
  type TuningTerms,
  abandon,
  afterBlock,
  beginTuning,
  factVersions,
  parameterDefinitions,
  pin,
  reset,
  tuningParameters,
  valueOf,
} from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Queries } from "../database/queries.ts";
import type { TuningRow } from "../database/queries/tuning.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { Meter } from "./meter.ts";
import type { SchedulerOptions } from "./options.ts";

export interface TunerParts {
  readonly options: SchedulerOptions;
  readonly ledger: Pick<Ledger, "factVersion">;
  readonly queries: Pick<Queries, "tuning">;
  readonly clock: Pick<Clock, "monotonic_ms" | "now_ms">;
  readonly log: Logger;
  readonly random: () => number;
  readonly record: (facts: readonly FactBody[]) => Promise<unknown>;
  /** Called when values may be others than before. */
  readonly onChanged: () => void;
}

/** Tunes the scheduler: what is measured goes to the controller, what that decides becomes facts and holds from then on. */
export class Tuner {
  /** The scheduler's options, with what is tuned as it is now. */
  readonly options: SchedulerOptions;
  readonly meter: Meter;
  /** Changes by parameter and phase, for metrics. */
  readonly changes = new Map<string, { readonly parameter: string; readonly phase: string; count: number }>();
  readonly #parts: TunerParts;
  readonly #definitions: ParameterDefinitions;
  #state: TuningState;
  #mode: SelfTuning = "off";
  readonly #last = new Map<string, TuningRow>();

  constructor(parts: TunerParts) {
    this.#parts = parts;
    this.#definitions = definitionsFor(parts.options);
    this.#state = beginTuning(this.#definitions);
    this.meter = new Meter(parts.clock, (tally) => this.#blockOver(tally));
    this.options = this.#tuned(parts.options);
  }

  /** Takes up what the tables have. A trial that an earlier leader began has ended with it: what it had seen is gone. */
  begin(facts: FactBody[]): void {
    const known: Parameters<typeof beginTuning>[1] = {};
    for (const row of this.#parts.queries.tuning.all()) {
      const { change } = row;
      this.#last.set(change.parameter, row);
      const { value, pinned, rollbacks, phase, to } = change;
      known[change.parameter as TuningParameter] = { value, pinned, rollbacks, advised: phase === "advised" ? to : undefined };
    }
    this.#state = beginTuning(this.#definitions, known);
    this.#mode = this.#modeNow;
    for (const { change } of this.#last.values())
      if (change.phase === "trying") {
        const { evidence: _, ...rest } = change;
        const { from: to, to: from } = change;
        facts.push(this.#note({ ...rest, phase: "abandoned", from, to, reason: "another coordinator leads since" }));
      }
    this.#parts.onChanged();
  }

  /** What holds of a parameter now, in its unit. */
  value(parameter: TuningParameter): number {
    return valueOf(this.#state, this.#terms, parameter);
  }

  /** How many tests a worker with so many slots is handed at once. */
  slotsFor(ownSlots: number): number {
    return Math.max(1, Math.round(this.value("concurrency") * ownSlots));
  }

  /** To be called when decisions were made: takes note of a block's end, and of a mode that was set meanwhile. */
  settle(): void {
    if (this.#mode !== this.#modeNow) {
      this.#mode = this.#modeNow;
      void this.#take(
        this.#mode === "on" ? { state: this.#state, changes: [] } : abandon(this.#state, "self-tuning was turned off"),
      );
      this.meter.beginAnew();
    }
    this.meter.settle();
  }

  list(): TuningList {
    return { mode: this.#parts.options.selfTuning, parameters: tuningParameters.map((name) => this.#describe(name)) };
  }

  /** @throws ShardwrightError `bad-request`, `update-incomplete`; nothing has changed then */
  async tune(request: TuningRequest): Promise<void> {
    const needed = factVersions.kinds.TuningChanged ?? 0;
    const agreed = this.#parts.ledger.factVersion;
    if (agreed < needed) throw new ShardwrightError("update-incomplete", { what: "TuningChanged", needed, agreed });
    const step = request.action === "pin" ? this.#pinned(request.parameter, request.value) : this.#reset(request.parameter);
    const durable = this.#take(step);
    this.meter.beginAnew();
    await durable;
  }

  #pinned(parameter: TuningParameter, value = this.value(parameter)): Step {
    const { low, high, unit } = this.#definitions[parameter];
    if (!(value >= low && value <= high))
      throw new ShardwrightError("bad-request", {
        problems: `body.value: ${parameter} is between ${low} and ${high}${unit === "s" ? " seconds" : ""}, not ${value}`,
      });
    const { pinned, value: held } = this.#state.parameters[parameter];
    if (pinned && held === value) return { state: this.#state, changes: [] };
    return pin(this.#state, this.#terms, parameter, value);
  }

  #reset(only: TuningParameter | undefined): Step {
    let step: Step = { state: this.#state, changes: [] };
    for (const parameter of only === undefined ? tuningParameters : [only]) {
      const { value, pinned, rollbacks } = step.state.parameters[parameter];
      const isTried = step.state.trial?.parameter === parameter;
      if (!pinned && rollbacks === 0 && value === this.#definitions[parameter].default && !isTried) continue;
      const next = reset(step.state, this.#terms, parameter);
      step = { state: next.state, changes: [...step.changes, ...next.changes] };
    }
    return step;
  }

  #blockOver(tally: Tally): void {
    void this.#take(afterBlock(this.#state, tally, this.#terms));
  }

  #take({ state, changes }: Step): Promise<unknown> | undefined {
    this.#state = state;
    const durable = changes.length === 0 ? undefined : this.#parts.record(changes.map((change) => this.#note(change)));
    this.#parts.onChanged();
    return durable;
  }

  #note(change: TuningChange): FactBody {
    const { parameter, phase } = change;
    this.#last.set(parameter, { parameter, change, at_ms: this.#parts.clock.now_ms() });
    const counted = this.changes.get(`${parameter} ${phase}`) ?? { parameter, phase, count: 0 };
    counted.count += 1;
    this.changes.set(`${parameter} ${phase}`, counted);
    this.#parts.log.info(change, "a parameter of the scheduler has changed, is tried, or should be");
    return { type: "TuningChanged", ...change };
  }

  #describe(name: TuningParameter): TuningInfo {
    const { unit, describe, objective, default: usual, low, high } = this.#definitions[name];
    const { pinned, pause_blocks } = this.#state.parameters[name];
    const { trial } = this.#state;
    const last = this.#last.get(name);
    return {
      parameter: name,
      describe,
      objective,
      unit,
      value: this.value(name),
      default: usual,
      low,
      high,
      pinned,
      pause_blocks,
      ...(trial?.parameter === name && { trial: { from: trial.from, to: trial.to, pairs: trial.differences.length } }),
      ...(last !== undefined && { last: lastOf(last) }),
    };
  }

  get #terms(): TuningTerms {
    return { definitions: this.#definitions, mode: this.#mode, random: this.#parts.random };
  }

  /** As long as a change could not become a fact, nothing is changed. */
  get #modeNow(): SelfTuning {
    const { ledger, options } = this.#parts;
    return ledger.factVersion < (factVersions.kinds.TuningChanged ?? 0) ? "off" : options.selfTuning;
  }

  #tuned(options: SchedulerOptions): SchedulerOptions {
    const value = (parameter: TuningParameter, times: number): PropertyDescriptor => ({
      get: () => this.value(parameter) * times,
      enumerable: true,
    });
    return Object.create(options, {
      batchCap_ms: value("batch-length", 1000),
      leaseTtl_ms: value("lease-time", 1000),
      reconnectGrace_ms: value("reconnect-time", 1000),
      retryShare: value("retry-budget", 1),
    }) as SchedulerOptions;
  }
}

function definitionsFor({ batchCap_ms, leaseTtl_ms, reconnectGrace_ms, retryShare }: SchedulerOptions): ParameterDefinitions {
  return parameterDefinitions({
    "batch-length": batchCap_ms / 1000,
    "lease-time": leaseTtl_ms / 1000,
    "reconnect-time": reconnectGrace_ms / 1000,
    concurrency: 1,
    "retry-budget": retryShare,
  });
}

function lastOf({ change: { phase, from, to, reason, evidence }, at_ms }: TuningRow): TuningInfo["last"] {
  return { phase, from, to, reason, at_ms, ...(evidence !== undefined && { evidence }) };
}

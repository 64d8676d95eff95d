import { type SelfTuning, type TuningChange, type TuningParameter, tuningParameters } from "../../model/tuning.ts";
import { type ParameterDefinitions, type Proposal, within } from "./parameters.ts";
import { type Tally, sumOf } from "./tally.ts";
import { type Judgement, type Trial, isOnNew, judge, withBlock, withoutHalf } from "./trial.ts";

/** What is known of a parameter. */
export interface Tuned {
  /** What was kept, or pinned. */
  readonly value: number;
  readonly pinned: boolean;
  /** Trials in a row that were rolled back. */
  readonly rollbacks: number;
  /** Blocks of work before the next trial. */
  readonly pause_blocks: number;
  /** What was advised last. */
  readonly advised?: number | undefined;
}

export interface TuningState {
  readonly parameters: Readonly<Record<TuningParameter, Tuned>>;
  /** One at a time: of two that change at once nobody knows which it was. */
  readonly trial: Trial | undefined;
  /** The last blocks since anything changed, oldest first. */
  readonly recent: readonly Tally[];
}

export interface Step {
  readonly state: TuningState;
  readonly changes: readonly TuningChange[];
}

export interface TuningTerms {
  readonly definitions: ParameterDefinitions;
  readonly mode: SelfTuning;
  /** From 0 to less than 1. */
  readonly random: () => number;
}

/** Blocks that are looked at before something is tried, and those that count. */
const observed = { least: 4, most: 8 } as const;
/** Blocks that pass before what was rolled back is tried again: as many as a trial takes, twice as many each time in a row. */
const pause = { first: 24, doublings_limit: 6 } as const;

/** Takes up what was kept and pinned before; what is not known any more, or lies outside the bounds, does not count. */
export function beginTuning(
  definitions: ParameterDefinitions,
  known: Partial<Record<TuningParameter, Pick<Tuned, "value" | "pinned" | "rollbacks" | "advised">>> = {},
): TuningState {
  const entries = tuningParameters.map((name): [TuningParameter, Tuned] => {
    const { value, pinned = false, rollbacks = 0, advised } = known[name] ?? {};
    const definition = definitions[name];
    const held = value === undefined ? definition.default : within(definition, value);
    return [name, { value: held, pinned, rollbacks, pause_blocks: pauseAfter(rollbacks), advised }];
  });
  return { parameters: Object.fromEntries(entries) as Record<TuningParameter, Tuned>, trial: undefined, recent: [] };
}

/** What holds of a parameter now: pins always, what was found out only while it is tuned. */
export function valueOf({ parameters, trial }: TuningState, { definitions, mode }: TuningTerms, name: TuningParameter): number {
  const { value, pinned } = parameters[name];
  if (pinned) return value;
  if (mode !== "on") return definitions[name].default;
  return trial?.parameter === name && isOnNew(trial) ? trial.to : value;
}

/** A block of work is done: a trial goes on, or ends; or, where none is under way, one may begin, or be advised. */
export function afterBlock(state: TuningState, block: Tally, terms: TuningTerms): Step {
  if (terms.mode === "off") return { state, changes: [] };
  const rested = withPauses(state);
  if (rested.trial !== undefined) return goOn(rested, rested.trial, block, terms);
  const recent = [...rested.recent, block].slice(-observed.most);
  const seen = { ...rested, recent };
  if (recent.length < observed.least) return { state: seen, changes: [] };
  return terms.mode === "on" ? beginTrial(seen, terms) : advise(seen, terms);
}

/** Ends a trial without a judgement. */
export function abandon(state: TuningState, reason: string): Step {
  const { trial } = state;
  if (trial === undefined) return { state, changes: [] };
  const { parameter, from, to } = trial;
  const change = changeOf(state.parameters[parameter], { parameter, phase: "abandoned", from: to, to: from, reason });
  return { state: { ...state, trial: undefined, recent: [] }, changes: [change] };
}

/** Holds a parameter to a value. @throws RangeError for one outside the bounds */
export function pin(state: TuningState, terms: TuningTerms, parameter: TuningParameter, value: number): Step {
  const { low, high } = terms.definitions[parameter];
  if (!(value >= low && value <= high)) throw new RangeError(`${parameter} is between ${low} and ${high}`);
  return setByHand(state, terms, parameter, { value, pinned: true, rollbacks: 0, pause_blocks: 0 }, "pinned", "pinned by hand");
}

/** Has a parameter begin anew at its default, free to be tuned. */
export function reset(state: TuningState, terms: TuningTerms, parameter: TuningParameter): Step {
  const fresh = { value: terms.definitions[parameter].default, pinned: false, rollbacks: 0, pause_blocks: 0 };
  return setByHand(state, terms, parameter, fresh, "reset", "reset by hand");
}

function setByHand(
  state: TuningState,
  terms: TuningTerms,
  parameter: TuningParameter,
  tuned: Tuned,
  phase: "pinned" | "reset",
  reason: string,
): Step {
  const ended = state.trial?.parameter === parameter ? abandon(state, `it was ${reason}`) : { state, changes: [] };
  const { trial } = ended.state;
  const from = valueOf(ended.state, terms, parameter);
  const change = changeOf(tuned, { parameter, phase, from, to: tuned.value, reason });
  const parameters = { ...ended.state.parameters, [parameter]: tuned };
  const next = { parameters, trial: trial === undefined ? undefined : withoutHalf(trial), recent: [] };
  return { state: next, changes: [...ended.changes, change] };
}

function goOn(state: TuningState, trial: Trial, block: Tally, { definitions, random }: TuningTerms): Step {
  const { parameter, from, to } = trial;
  const definition = definitions[parameter];
  const cost = definition.cost(block);
  if (cost === undefined || !(cost > 0 && Number.isFinite(cost))) return { state, changes: [] };
  const next = withBlock(trial, cost, block.tasks, random() < 0.5);
  const judgement: Judgement | undefined = next.first === undefined ? judge(next, definition.leastGain) : undefined;
  if (judgement?.verdict === undefined) return { state: { ...state, trial: next }, changes: [] };
  const { verdict, evidence, because } = judgement;
  const before = state.parameters[parameter];
  const rollbacks = verdict === "kept" ? 0 : before.rollbacks + 1;
  const value = verdict === "kept" ? to : from;
  const tuned = { ...before, value, rollbacks, pause_blocks: pauseAfter(rollbacks) };
  const ends = verdict === "kept" ? { from, to } : { from: to, to: from };
  const change = changeOf(tuned, { parameter, phase: verdict, ...ends, reason: because, evidence });
  return { state: { parameters: { ...state.parameters, [parameter]: tuned }, trial: undefined, recent: [] }, changes: [change] };
}

function beginTrial(state: TuningState, terms: TuningTerms): Step {
  const found = firstProposal(state, terms, ({ pause_blocks }) => pause_blocks === 0);
  if (found === undefined) return { state, changes: [] };
  const { parameter, to, reason } = found;
  const tuned = state.parameters[parameter];
  const trial = { parameter, from: tuned.value, to, reason, differences: [], newFirst: terms.random() < 0.5, tasks: 0 };
  const change = changeOf(tuned, { parameter, phase: "trying", from: tuned.value, to, reason });
  return { state: { ...state, trial, recent: [] }, changes: [change] };
}

function advise(state: TuningState, terms: TuningTerms): Step {
  const found = firstProposal(state, terms, ({ advised }, to) => advised !== to);
  if (found === undefined) return { state, changes: [] };
  const { parameter, to, reason } = found;
  const tuned = { ...state.parameters[parameter], advised: to };
  const from = valueOf(state, terms, parameter);
  const change = changeOf(tuned, { parameter, phase: "advised", from, to, reason });
  return { state: { ...state, parameters: { ...state.parameters, [parameter]: tuned } }, changes: [change] };
}

function firstProposal(
  state: TuningState,
  terms: TuningTerms,
  isDue: (tuned: Tuned, to: number) => boolean,
): (Proposal & { readonly parameter: TuningParameter }) | undefined {
  const recent = sumOf(state.recent);
  for (const parameter of byUrgency) {
    const tuned = state.parameters[parameter];
    const definition = terms.definitions[parameter];
    const value = valueOf(state, terms, parameter);
    const proposal = tuned.pinned ? undefined : definition.propose(recent, value);
    if (proposal === undefined) continue;
    const to = within(definition, proposal.to);
    if (to !== value && isDue(tuned, to)) return { parameter, to, reason: proposal.reason };
  }
  return undefined;
}

/** What loses work comes before what is only slow. */
const byUrgency: readonly TuningParameter[] = ["lease-time", "reconnect-time", "concurrency", "retry-budget", "batch-length"];

function withPauses(state: TuningState): TuningState {
  const rest = (tuned: Tuned): Tuned => ({ ...tuned, pause_blocks: Math.max(0, tuned.pause_blocks - 1) });
  const entries = tuningParameters.map((name) => [name, rest(state.parameters[name])]);
  return { ...state, parameters: Object.fromEntries(entries) as TuningState["parameters"] };
}

function pauseAfter(rollbacks: number): number {
  return rollbacks === 0 ? 0 : pause.first * 2 ** Math.min(pause.doublings_limit, rollbacks - 1);
}

function changeOf(
  { value, pinned, rollbacks }: Tuned,
  change: Omit<TuningChange, "value" | "pinned" | "rollbacks">,
): TuningChange {
  return { ...change, value, pinned, rollbacks };
}

import { z } from "zod";
import type { BatchEntry } from "../trends/analyse-series.ts";
import type { Change, Interval } from "../trends/analysis.ts";
import { judgementSchema } from "../model/trend-alert.ts";
import { nameSchema } from "../model/ids.ts";
import { trendSeriesSchema } from "./trends.ts";

/** Analyses that one answer has at most. */
export const trendAnalysesPageLimit = 200;

const index = z.int().nonnegative();
const directionSchema = z.enum(["up", "down"]);
const intervalSchema = z.object({ estimate: z.number(), low: z.number(), high: z.number(), level: z.number() });
const spanSchema = z.object({ from: index, until: index });
const said = { direction: directionSchema, judgement: judgementSchema } as const;

/** A change of the level, and the points and commits that it may begin with. Indices are those of the series' points on the branch. */
export const changeSchema = z.object({
  index,
  location: z.object({ first: index, last: index, coverage: z.number() }),
  /** Of the first point on the new level. */
  at_ms: z.int(),
  last_good: z.string().optional(),
  first_bad: z.string().optional(),
  commits: z.array(z.string()),
  before: z.number(),
  after: z.number(),
  shift: intervalSchema,
  /** Absent where the level before is 0. */
  relative: intervalSchema.optional(),
  p: z.number(),
  q: z.number().optional(),
  deviations: z.number(),
  ...said,
  other_machines: z.boolean().optional(),
});

/** `GET /api/v1/trends/series/{series}/analysis`. What docs/trends-method.md describes. */
export const trendAnalysisSchema = z.object({
  series: trendSeriesSchema,
  /** What was analysed: the points of this branch. */
  branch: z.string(),
  points: index,
  /** Points that counted. */
  usable: index,
  changes: z.array(changeSchema),
  /** Changes that so many series would show by chance. */
  withheld: z.array(changeSchema),
  segments: z.array(spanSchema.extend({ median: z.number(), low: z.number(), high: z.number() })),
  anomalies: z.array(
    z.object({
      index,
      at_ms: z.int(),
      commit: z.string().optional(),
      value: z.number(),
      expected: z.number(),
      deviations: z.number(),
      newest: z.boolean(),
      ...said,
    }),
  ),
  drift: spanSchema.extend({ slope: intervalSchema, relative: intervalSchema.optional(), p: z.number(), ...said }).optional(),
  against_baseline: z
    .object({ baseline: spanSchema, newest: spanSchema, relative: intervalSchema.optional(), p: z.number(), ...said })
    .optional(),
  machines: z
    .object({
      machines: z.array(z.object({ machine: z.string(), points: index, offset: z.number(), relative: z.number().optional() })),
      explained: z.array(index),
    })
    .optional(),
  noise: z.object({
    deviation: z.number(),
    rcv: z.number().optional(),
    autocorrelation: z.number(),
    minimum_detectable: z.number().optional(),
    between_machines: z.number().optional(),
    bimodality: z.number(),
    bimodal: z.boolean(),
    cannot_see: z.number().optional(),
  }),
  /** What the next points will be if nothing changes, where the points are asked for. */
  outlook: z
    .object({
      kind: z.enum(["level", "drift"]),
      level: z.literal(0.95),
      points: z.array(z.object({ ahead: z.int().positive(), estimate: z.number(), low: z.number(), high: z.number() })),
    })
    .optional(),
  /** The points themselves, by their indices, where they are asked for. */
  analysed: z
    .array(
      z.object({
        value: z.number(),
        at_ms: z.int(),
        commit: z.string().optional(),
        machine: z.string().optional(),
        /** It is marked, and counts for nothing. */
        left_out: z.literal(true).optional(),
      }),
    )
    .optional(),
});
export type TrendAnalysis = z.infer<typeof trendAnalysisSchema>;

/** `GET /api/v1/trends/analysis`, in the order of the series' ids. */
export const trendAnalysesSchema = z.object({
  project: nameSchema,
  analyses: z.array(trendAnalysisSchema),
  /** Ask again with this as `after`, where there are more. */
  next: z.int().optional(),
});
export type TrendAnalyses = z.infer<typeof trendAnalysesSchema>;

interface AnalysedPoint {
  readonly at_ms: number;
  readonly commit?: string;
}

/** What a change may come from, beside what the analysis says of it. */
type RangeOf = (change: Change) => {
  readonly lastGood?: string;
  readonly firstBad?: string;
  readonly commits: readonly string[];
};

/** An analysis as JSON can have it: what is no number is not there. */
export function wireAnalysis(
  { changes, withheld, ...entry }: BatchEntry,
  points: readonly AnalysedPoint[],
  rangeOf: RangeOf,
): Omit<TrendAnalysis, "series" | "branch"> {
  const { usable, segments, anomalies, drift, againstBaseline, machines, noise } = entry;
  const at = (place: number) => points[place] ?? { at_ms: 0 };
  const change = (each: Change): TrendAnalysis["changes"][number] => {
    const { relative, otherMachines, ...rest } = each;
    const { lastGood, firstBad, commits } = rangeOf(each);
    return {
      ...rest,
      at_ms: at(each.index).at_ms,
      ...(lastGood !== undefined && { last_good: lastGood }),
      ...(firstBad !== undefined && { first_bad: firstBad }),
      commits: [...commits],
      ...share(relative),
      ...(otherMachines === true && { other_machines: true }),
    };
  };
  return {
    points: points.length,
    usable,
    changes: changes.map(change),
    withheld: withheld.map(change),
    segments: [...segments],
    anomalies: anomalies.map((each) => ({ ...each, ...pick(at(each.index)) })),
    ...(drift !== undefined && { drift: { ...drift, relative: undefined, ...share(drift.relative) } }),
    ...(againstBaseline !== undefined && {
      against_baseline: { ...againstBaseline, relative: undefined, ...share(againstBaseline.relative) },
    }),
    ...(machines !== undefined && {
      machines: {
        machines: machines.machines.map(({ relative, ...rest }) => ({ ...rest, ...(Number.isFinite(relative) && { relative }) })),
        explained: [...machines.explained],
      },
    }),
    noise: {
      deviation: noise.deviation,
      ...(Number.isFinite(noise.rcv) && { rcv: noise.rcv }),
      autocorrelation: noise.autocorrelation,
      ...(noise.minimumDetectable !== undefined && { minimum_detectable: noise.minimumDetectable }),
      ...(noise.betweenMachines !== undefined && { between_machines: noise.betweenMachines }),
      bimodality: noise.bimodality,
      bimodal: noise.bimodal,
      ...(noise.cannotSee !== undefined && { cannot_see: noise.cannotSee }),
    },
  };
}

function share(relative: Interval): { readonly relative?: Interval } {
  return Number.isFinite(relative.estimate) ? { relative } : {};
}

function pick({ at_ms, commit }: AnalysedPoint): AnalysedPoint {
  return { at_ms, ...(commit !== undefined && { commit }) };
}

import { z } from "zod";

/** Tests, values and metrics that a comparison of browsers names; its totals count the rest. */
export const browserRowsLimit = 1000;
/** Browsers that are compared. */
export const browsersLimit = 16;

const count = z.int().nonnegative();

/** `absent`: the file ran there, and has no such test. */
export const browserStatusSchema = z.enum(["passed", "failed", "errored", "skipped", "absent"]);
export type BrowserStatus = z.infer<typeof browserStatusSchema>;

/** Which test: one of a file that ran in several browsers. */
const testIdentity = {
  suite: z.string(),
  file: z.string(),
  /** The file's arguments, where there are some. */
  args: z.array(z.string()).optional(),
  /** Absent where the row is about the file as a whole: no browser reported a case of it. */
  path: z.array(z.string()).optional(),
  /** Which of several tests with this path; 0 when absent. */
  ordinal: z.int().positive().optional(),
};

export const comparedBrowserSchema = z.object({
  /** The kind: `firefox`. */
  browser: z.string(),
  /** As its measurements say, newest first. */
  versions: z.array(z.string()).optional(),
  /** What computed for it, as its measurements say: `hardware`, `software`. */
  adapters: z.array(z.string()).optional(),
  /** Files that were to run in it. */
  tasks: count,
  passed: count,
  failed: count,
  skipped: count,
  /** Why no file ran in it: `no worker offers edge`. Such a browser is not called different. */
  reason: z.string().optional(),
});
export type ComparedBrowser = z.infer<typeof comparedBrowserSchema>;

export const browserCellSchema = z.object({
  /** Key of the task in this browser; absent where the file was not to run in it. */
  key: z.string().optional(),
  status: browserStatusSchema,
  /** Passed, but only when tried again. */
  flaky: z.literal(true).optional(),
  /** Failed in quarantine. */
  quarantined: z.literal(true).optional(),
  /** Why it was skipped or is absent, where that is known. */
  reason: z.string().optional(),
});
export type BrowserCell = z.infer<typeof browserCellSchema>;

export const browserTestSchema = z.object({
  ...testIdentity,
  /** It passed in some browsers and failed in others, or was run in some and not in others that ran its file. */
  differs: z.boolean(),
  /** In the order of `browsers`. */
  cells: z.array(browserCellSchema),
});
export type BrowserTest = z.infer<typeof browserTestSchema>;

export const browserValueSchema = z.object({
  ...testIdentity,
  /** Of the value. */
  name: z.string(),
  /** The browser that most others agree with; of several the first by name. */
  reference: z.string(),
  tolerance: z.object({ absolute: z.number(), relative: z.number() }),
  differs: z.boolean(),
  /** In the order of `browsers`; `null` where the browser has no such value. */
  cells: z.array(
    z
      .object({
        agrees: z.boolean(),
        /** Where it lies furthest outside of the tolerance, or, if it agrees, nearest to its edge; absent where the lengths differ. */
        at: count.optional(),
        value: z.number().nullable().optional(),
        expected: z.number().nullable().optional(),
        /** Numbers that do not agree. */
        outside: count,
        length: count,
      })
      .nullable(),
  ),
});
export type BrowserValue = z.infer<typeof browserValueSchema>;

/** `unlike`: measured on another class of adapter, so that the browser is not to blame. `unsure`: too few measurements. */
export const speedJudgementSchema = z.enum(["slower", "faster", "none", "unsure", "unlike"]);
export type SpeedJudgement = z.infer<typeof speedJudgementSchema>;

export const browserSpeedCellSchema = z.object({
  median: z.number(),
  /** How many measurements. */
  n: count,
  adapter: z.string().optional(),
  /** Name of the worker that measured. */
  worker: z.string().optional(),
  /** To the reference's: the Hodges-Lehmann estimate on the logarithms. Absent for the reference itself. */
  ratio: z.number().positive().optional(),
  /** The interval of the ratio, at the comparison's `level`; absent where there is too little for one. */
  low: z.number().nonnegative().optional(),
  high: z.number().nonnegative().optional(),
  /** Absent for the reference itself. */
  judgement: speedJudgementSchema.optional(),
});
export type BrowserSpeedCell = z.infer<typeof browserSpeedCellSchema>;

export const browserSpeedSchema = z.object({
  ...testIdentity,
  /** Of the metric. */
  name: z.string(),
  unit: z.string(),
  better: z.enum(["lower", "higher"]),
  /** What the ratios are to: the first browser by name that has the metric. */
  reference: z.string(),
  /** In the order of `browsers`; `null` where the browser has no such metric. */
  cells: z.array(browserSpeedCellSchema.nullable()),
});
export type BrowserSpeed = z.infer<typeof browserSpeedSchema>;

/** What is different between the browsers that one run ran the same files in. It never changes the verdict. */
export const browserComparisonSchema = z.object({
  /** By name. */
  browsers: z.array(comparedBrowserSchema).min(2).max(browsersLimit),
  totals: z.object({
    /** Tests of files that ran in several browsers, and how many of them differ. */
    tests: count,
    tests_differing: count,
    /** Values that several browsers computed, and how many of them do not agree. */
    values: count,
    values_differing: count,
    /** Metrics that several browsers measured, and the ratios by what they were judged to be. */
    metrics: count,
    ratios: z.record(speedJudgementSchema, count),
  }),
  /** What differs first; then what failed everywhere, then the rest. */
  tests: z.array(browserTestSchema),
  /** What differs first. */
  values: z.array(browserValueSchema),
  /** The clearest differences first. */
  speed: z.array(browserSpeedSchema),
  /**
   * Of the intervals, corrected for how many ratios were looked at (Benjamini and Hochberg 1995; Benjamini and Yekutieli 2005): of what is
   * called slower or faster, one in twenty at most is expected not to be. Absent where no ratio has an interval.
   */
  level: z.number().optional(),
  /** What has to be known to read it, a sentence each. */
  notes: z.array(z.string()),
});
export type BrowserComparison = z.infer<typeof browserComparisonSchema>;

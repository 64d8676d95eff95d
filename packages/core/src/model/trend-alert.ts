import { z } from "zod";
import type { AlertState } from "../trends/alert.ts";

/** An alert's id: `a-` and 16 letters or digits, made of what it is about, so that the same alert has the same one wherever it is decided. */
export const alertIdSchema = z.string().regex(/^a-[0-9a-z]{16}$/, "an alert's id looks like a-0123456789abcdef");
export type AlertId = z.infer<typeof alertIdSchema>;

export const alertStates = ["open", "acknowledged", "invalid", "fixed"] as const satisfies readonly AlertState[];
export const alertStateSchema = z.enum(alertStates);
export const judgementSchema = z.enum(["regression", "improvement"]);

/**
 * How an alert ended by itself: all of its series went back to where they were, more points show that they never left it, or they are not
 * measured any more, so that nobody can say.
 */
export const alertEndSchema = z.enum(["recovered", "faded", "unmeasured"]);
export type AlertEnd = z.infer<typeof alertEndSchema>;

/** How much is kept of alerts; every coordinator builds the same tables, so they are no settings. */
export const alertKeeping = {
  /** Alerts of a project: beyond that the oldest go, those first that nobody has to look at. */
  ofProject: 2000,
  /** A closed one goes after so long without a change, and one of a series that was forgotten with it. */
  closed_days: 400,
  /** Commits that an alert names: of more, the newest. */
  commits: 200,
  /** Series that one fact brings; an alert of more comes in several. */
  seriesOfFact: 200,
} as const;

const commit = z.string().min(1).max(128);
const finite = z.number();

/** What an alert tells of one series. */
export const alertedChangeSchema = z.strictObject({
  /** Its number in the tables. */
  series: z.int().positive(),
  /** The medians of the levels before and after, in the series' unit. */
  before: finite,
  after: finite,
  /** By how much it moved, as a share of the level before, with its 95 % interval; absent where that level is 0. */
  relative: z.strictObject({ estimate: finite, low: finite, high: finite }).optional(),
  /** The chance of so clear a change where there is none; q corrected for all series. */
  p: finite,
  q: finite,
  direction: z.enum(["up", "down"]),
  /** When the points were measured that may be the first on the new level: the earliest and the latest of them. */
  from_ms: z.int(),
  until_ms: z.int(),
  last_good: commit.optional(),
  first_bad: commit,
});
export type AlertedChange = z.infer<typeof alertedChangeSchema>;

/** What a new alert is about. */
export const openedAlertSchema = z.strictObject({
  alert: alertIdSchema,
  branch: z.string().min(1).max(512),
  judgement: judgementSchema,
  infrastructure: z.boolean(),
  /** In order. */
  commits: z.array(commit).min(1).max(alertKeeping.commits),
  last_good: commit.optional(),
  changes: z.array(alertedChangeSchema).min(1).max(alertKeeping.seriesOfFact),
});
export type OpenedAlert = z.infer<typeof openedAlertSchema>;

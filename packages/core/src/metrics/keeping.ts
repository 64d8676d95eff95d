/**
 * How much is kept of what is measured. They are constants and no settings, because every coordinator builds the same tables from the same
 * facts; the floor is a setting that all share.
 */
export const keeping = {
  /** A case's or file's durations become a series once one of them is this long: below, they are the noise of a timer. */
  floor_ms: 10,
  /** Points of a series that are kept as they were measured: of durations, and of what tests measure themselves. */
  rawDurations: 400,
  rawMetrics: 1000,
  /** So many more may come before the oldest are rolled up. */
  slack: 100,
  /** Cases and points of a run that has ended that are gone through with one fact: all that waits for it waits for no more. */
  takenTogether: 1000,
  /** Series that are rolled up with one fact at most, the points that they have in all, and those that are rolled up of each. */
  rolledTogether: 25,
  rolledRows: 5000,
  rolledPoints: 1000,
  /** Points of a series in all, rolled up ones among them: one for each day and branch. */
  pointsOfSeries: 4000,
  /** A series takes no more of an upload than this, in which nothing is rolled up before it is complete. */
  pointsOfUpload: 20_000,
  seriesOfProject: 200_000,
  /** Commits whose order is known, of a project over all its branches; so many more may come before the oldest go together. */
  commitsOfProject: 50_000,
  commitsSlack: 1000,
  /** A series to which nothing was added for so long is forgotten. */
  idle_days: 730,
  /** An upload of which no part came for so long is dropped, and the name of a complete one forgotten after `idle_days`. */
  openUpload_days: 1,
} as const;

/** Why a point is shown, and left out of analysis. */
export const pointMarks = ["partial", "failed", "retried", "resumed", "quarantined", "sick"] as const;
export type PointMark = (typeof pointMarks)[number];

// What runs took, by run, file, worker and day: kept when the runs are purged.
import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What a run took, of each time that it was opened and has ended: kept when the run is purged. */
export const runFigures = sqliteTable(
  "run_figures",
  {
    run: text().notNull(),
    opened_at_ms: integer().notNull(),
    project: text().notNull(),
    /** On which it ended, days since 1970. */
    day: integer().notNull(),
    ended_at_ms: integer().notNull(),
    passed: integer({ mode: "boolean" }).notNull(),
    /** When its first test was dealt; null where none was. */
    first_lease_ms: integer(),
    /** What the attempts that counted took, and of it what their cases did. */
    serial_ms: real().notNull(),
    cases_ms: real().notNull(),
    /** What the others took, and how many they are. */
    retry_ms: real().notNull(),
    retries: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.run, table.opened_at_ms] }),
    index("run_figures_day").on(table.project, table.day),
    index("run_figures_kept").on(table.day),
  ],
);

/** What the attempts of a file took, on each day on which runs with it ended. Without row ids, as those below: they are read day by day. */
export const fileDays = sqliteTable(
  "file_days",
  {
    project: text().notNull(),
    day: integer().notNull(),
    test: text().notNull(),
    runs: integer().notNull(),
    total_ms: real().notNull(),
    cases_ms: real().notNull(),
    retry_ms: real().notNull(),
    failed: integer().notNull(),
    flaky: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.day, table.test] }), index("file_days_kept").on(table.day)],
);

/** How long a worker ran tests of a project, by the day on which they ended. */
export const workerUse = sqliteTable(
  "worker_use",
  {
    day: integer().notNull(),
    worker: text().notNull(),
    project: text().notNull(),
    busy_ms: real().notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.worker, table.project] })],
);

/** Workers for as long as they were there: kept when no run names them any more. */
export const workerSpans = sqliteTable(
  "worker_spans",
  {
    worker: text().primaryKey(),
    hardware_class: text().notNull(),
    labels: text({ mode: "json" }).$type<string[]>().notNull(),
    slots: integer().notNull(),
    begin_ms: integer().notNull(),
    /** Null while it is there. */
    end_ms: integer(),
  },
  (table) => [index("worker_spans_end").on(table.end_ms)],
);

/** How often tests of a project failed in one way, by the day on which the runs ended. */
export const failureDays = sqliteTable(
  "failure_days",
  {
    project: text().notNull(),
    day: integer().notNull(),
    fingerprint: text().notNull(),
    kind: text().notNull(),
    title: text().notNull(),
    runs: integer().notNull(),
    cases: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.day, table.fingerprint] }), index("failure_days_kept").on(table.day)],
);

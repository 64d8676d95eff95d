// What is measured over time, and the alerts that are made of it.
import type { AlertEnd, AlertState, AlertedChange, ConfirmationDecision, Judgement, Metric, PointMark } from "@shardwright/core";
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** What is measured over and over: of one test, one metric, on one class of hardware. */
export const trendSeries = sqliteTable(
  "trend_series",
  {
    id: integer().primaryKey(),
    project: text().notNull(),
    /** The file's key. */
    test: text().notNull(),
    /** The case's name; empty for the file as a whole. */
    case_name: text().notNull(),
    name: text().notNull(),
    unit: text().notNull(),
    /** As JSON with its names in order, or empty. */
    dimensions: text().notNull(),
    hardware_class: text().notNull(),
    better: text().$type<Metric["better"]>().notNull(),
    /** Its points, those among them that are not seen. */
    rows: integer().notNull(),
    /** With how many it is next rolled up. */
    roll_at: integer().notNull(),
    last_at_ms: integer().notNull(),
    /** The fact that added to it last. */
    position: integer().notNull().default(0),
  },
  (table) => [
    uniqueIndex("trend_series_key").on(
      table.project,
      table.test,
      table.case_name,
      table.name,
      table.unit,
      table.dimensions,
      table.hardware_class,
    ),
    index("trend_series_last").on(table.last_at_ms),
    index("trend_series_position").on(table.position),
    index("trend_series_due")
      .on(table.id)
      .where(sql`rows >= roll_at`),
  ],
);

/** The commits of a branch in the order in which they were measured first. */
export const trendCommits = sqliteTable(
  "trend_commits",
  {
    id: integer().primaryKey(),
    project: text().notNull(),
    branch: text().notNull(),
    commit: text().notNull(),
    first_ms: integer().notNull(),
  },
  (table) => [
    uniqueIndex("trend_commits_key").on(table.project, table.branch, table.commit),
    index("trend_commits_first").on(table.project, table.branch, table.first_ms),
  ],
);

/** Changes that somebody may have to look at: one for each range of commits. */
export const trendAlerts = sqliteTable(
  "trend_alerts",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    branch: text().notNull(),
    state: text().$type<AlertState>().notNull(),
    judgement: text().$type<Judgement>().notNull(),
    infrastructure: integer({ mode: "boolean" }).notNull(),
    commits: text({ mode: "json" }).$type<string[]>().notNull(),
    last_good: text(),
    /** Of the fact that opened it: alerts are listed by that. */
    position: integer().notNull(),
    opened_at_ms: integer().notNull(),
    changed_at_ms: integer().notNull(),
    /** Who set its state, and what they wrote. */
    by: text(),
    note: text(),
    recovered_at_ms: integer(),
    ended_by: text().$type<AlertEnd>(),
    /** When people were told of it, and of its end. */
    told_at_ms: integer(),
    told_recovery_at_ms: integer(),
  },
  (table) => [
    index("trend_alerts_project").on(table.project, table.position),
    index("trend_alerts_state").on(table.state, table.changed_at_ms),
  ],
);

/** What the series of an alert show. */
export const trendAlertSeries = sqliteTable(
  "trend_alert_series",
  {
    alert: text().notNull(),
    series: integer().notNull(),
    /** By how much it moved, as a share of the level before; 0 where that cannot be said. The worst are shown first. */
    size: real().notNull(),
    change: text({ mode: "json" }).$type<AlertedChange>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.alert, table.series] }),
    index("trend_alert_series_series").on(table.series),
    index("trend_alert_series_size").on(table.alert, table.size),
  ],
);

/** Suspicions that are, or were, measured again. */
export const trendConfirmations = sqliteTable(
  "trend_confirmations",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    series: integer().notNull(),
    good: text().notNull(),
    bad: text().notNull(),
    good_run: text().notNull(),
    bad_run: text().notNull(),
    machines: text({ mode: "json" }).$type<string[]>().notNull(),
    begun_at_ms: integer().notNull(),
    decision: text().$type<ConfirmationDecision>(),
    p: real(),
    relative: real(),
    reason: text(),
    ended_at_ms: integer(),
  },
  (table) => [index("trend_confirmations_ended").on(table.ended_at_ms)],
);

/** How far what was measured has been looked at. */
export const trendJudged = sqliteTable("trend_judged", {
  id: integer().primaryKey(),
  until: integer().notNull(),
});

/** Where points come from: when, from which commit, on which machine. */
export const trendSources = sqliteTable(
  "trend_sources",
  {
    id: integer().primaryKey(),
    at_ms: integer().notNull(),
    commit: text(),
    branch: text(),
    /** It is a change that was only proposed: its points are not kept for long. */
    proposed: integer({ mode: "boolean" }).notNull(),
    run: text(),
    machine: text(),
    /** Of the upload that brought it: the position of its first fact. */
    upload: integer(),
    /** Its points are not seen any more, and go when their series are next rolled up. */
    dropped: integer({ mode: "boolean" }).notNull(),
    /** Points that name it; with the last one it goes. */
    points: integer().notNull(),
  },
  (table) => [
    index("trend_sources_run")
      .on(table.run)
      .where(sql`run is not null`),
    index("trend_sources_upload")
      .on(table.upload, table.at_ms)
      .where(sql`upload is not null`),
  ],
);

/** Without row ids: in the migration, for the points of a series lie together then, and take half the room. */
export const trendPoints = sqliteTable(
  "trend_points",
  {
    series: integer().notNull(),
    source: integer().notNull(),
    value: real().notNull(),
    /** Replicates behind the value. */
    count: integer().notNull(),
    spread: real(),
    /** JSON. */
    replicates: text(),
    /** Why it is left out of analysis, if it is. */
    mark: text().$type<PointMark>(),
    /** How many points it stands for that were rolled up; 0 for one that is as it was measured. */
    rolled: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.series, table.source] })],
);

/** What was measured elsewhere and sent here, as a whole or not yet. */
export const trendUploads = sqliteTable(
  "trend_uploads",
  {
    /** Position of its first fact. */
    id: integer().primaryKey(),
    project: text().notNull(),
    name: text().notNull(),
    state: text().$type<"open" | "complete">().notNull(),
    /** Parts that have come. */
    parts: integer().notNull(),
    points: integer().notNull(),
    /** Points that were there already, of the same test, time, commit and machine. */
    duplicates: integer().notNull(),
    /** Points that found their series, or the project, full. */
    left_out: integer().notNull(),
    at_ms: integer().notNull(),
  },
  (table) => [
    uniqueIndex("trend_uploads_name").on(table.project, table.name),
    index("trend_uploads_state").on(table.state, table.at_ms),
  ],
);

import { type Condensed, type PointMark, keeping } from "@shardwright/core";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { rawOf } from "./roll-up.ts";
import { TrendCommits } from "./trend-commits.ts";

/** What a series is found by. */
export interface SeriesKey {
  readonly project: string;
  readonly test: string;
  readonly case_name: string;
  readonly name: string;
  readonly unit: string;
  /** As `dimensionsText` writes them. */
  readonly dimensions: string;
  readonly hardware_class: string;
}

export interface SourceRow {
  readonly at_ms: number;
  readonly commit: string | null;
  readonly branch: string | null;
  readonly proposed: boolean;
  readonly run: string | null;
  readonly machine: string | null;
  readonly upload: number | null;
}

interface Known {
  readonly id: number;
  rows: number;
}

export type Added = "added" | "duplicate" | "left-out";

/** Series of which something is remembered between facts. */
const rememberedLimit = 50_000;

/**
 * Series, sources and points. Its statements are SQLite's own, because whether a row was new decides what comes next. What it remembers is
 * what the tables say; nothing depends on it but speed.
 */
export class TrendStore {
  readonly #known = new Map<string, Known>();
  readonly #counts = new Map<string, number>();
  readonly #commits: TrendCommits;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(client: DatabaseSync) {
    this.#statements = prepare(client);
    this.#commits = new TrendCommits(client);
  }

  newSource(project: string, { at_ms, commit, branch, proposed, run, machine, upload }: SourceRow): number {
    if (commit !== null && branch !== null && !proposed) this.#commits.add({ project, branch, commit, at_ms });
    const { lastInsertRowid } = this.#statements.addSource.run(at_ms, commit, branch, Number(proposed), run, machine, upload);
    return Number(lastInsertRowid);
  }

  /** The source of an upload that says the same. */
  sourceOfUpload({ at_ms, commit, branch, machine, upload }: SourceRow): number | undefined {
    const row = this.#statements.findSource.get(upload, at_ms, commit, branch, machine);
    return row === undefined ? undefined : Number(row["id"]);
  }

  /** The source of a run on a machine, whose points are seen. */
  sourceOfRun(run: string, machine: string): number | undefined {
    const row = this.#statements.findRunSource.get(run, machine);
    return row === undefined ? undefined : Number(row["id"]);
  }

  /** Hides what was taken of a run before. */
  dropRun(run: string): void {
    this.#statements.dropRun.run(run);
  }

  dropUpload(upload: number): void {
    this.#statements.dropUpload.run(upload);
  }

  /** Whether any case of a file has a series of durations. */
  hasDurations(project: string, test: string): boolean {
    return this.#statements.hasDurations.get(project, test) !== undefined;
  }

  hasSeries(key: SeriesKey): boolean {
    return this.#seriesOf(key) !== undefined;
  }

  /** Adds a point to a series, which begins with it if need be. */
  add(
    key: SeriesKey,
    better: "lower" | "higher",
    source: number,
    at_ms: number,
    { value, count, spread, replicates }: Condensed,
    mark: PointMark | null,
    position: number,
  ): Added {
    const series = this.#seriesOf(key) ?? this.#begin(key, better, at_ms);
    if (series === undefined || series.rows >= keeping.pointsOfUpload) return "left-out";
    const { addPoint, countSource, grow } = this.#statements;
    const { changes } = addPoint.run(
      series.id,
      source,
      value,
      count,
      spread ?? null,
      replicates === undefined ? null : JSON.stringify(replicates),
      mark,
    );
    if (changes === 0) return "duplicate";
    series.rows += 1;
    countSource.run(1, source);
    grow.run(series.rows, at_ms, better, position, series.id);
    return "added";
  }

  /** Gives a series the name of another; where there is one of that name, both become one, with what alerts tell of either. */
  rename(from: SeriesKey & { readonly id: number }, to: SeriesKey, position: number): void {
    const target = this.#seriesOf(to);
    this.#known.delete(keyText(from));
    if (target === undefined) return void this.#statements.renameSeries.run(to.test, to.case_name, from.id);
    if (target.id === from.id) return;
    this.#statements.movePoints.run(target.id, from.id);
    this.#statements.moveAlerts.run(target.id, from.id);
    this.#remove(from.project, from.id);
    this.#statements.recount.run(target.id, from.id, position);
    this.#statements.removeSeries.run(from.id);
    this.#known.delete(keyText(to));
  }

  /** Takes points out of a series. */
  removePoints({ id, ...key }: SeriesKey & { readonly id: number }, sources: readonly number[]): void {
    for (const source of sources) {
      this.#statements.removePoint.run(id, source);
      this.#letSource(source);
    }
    this.#known.delete(keyText(key));
  }

  seriesOfTest(project: string, test: string): (SeriesKey & { readonly id: number })[] {
    return this.#statements.seriesOfTest.all(project, test) as unknown as (SeriesKey & { readonly id: number })[];
  }

  /** Forgets series to which nothing was added since then, and commits. */
  forgetIdle(before_ms: number): void {
    this.#commits.forgetBefore(before_ms);
    for (const row of this.#statements.idle.all(before_ms)) {
      const { id, ...key } = row as unknown as SeriesKey & { readonly id: number };
      this.#remove(key.project, id);
      this.#statements.removeSeries.run(id);
      this.#known.delete(keyText(key));
    }
  }

  /** Forgets all it remembers: the tables are others now. */
  forget(): void {
    this.#known.clear();
    this.#counts.clear();
    this.#commits.forget();
  }

  #seriesOf(key: SeriesKey): Known | undefined {
    const text = keyText(key);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const { project, test, case_name, name, unit, dimensions, hardware_class } = key;
    const row = this.#statements.findSeries.get(project, test, case_name, name, unit, dimensions, hardware_class);
    if (row === undefined) return undefined;
    return this.#remember(text, { id: Number(row["id"]), rows: Number(row["rows"]) });
  }

  #begin(key: SeriesKey, better: "lower" | "higher", at_ms: number): Known | undefined {
    const { project, test, case_name, name, unit, dimensions, hardware_class } = key;
    const count = this.#counts.get(project) ?? Number(this.#statements.countSeries.get(project)?.["count"] ?? 0);
    this.#counts.set(project, count);
    if (count >= keeping.seriesOfProject) return undefined;
    this.#counts.set(project, count + 1);
    const { lastInsertRowid } = this.#statements.addSeries.run(
      project,
      test,
      case_name,
      name,
      unit,
      dimensions,
      hardware_class,
      better,
      rawOf(name) + keeping.slack,
      at_ms,
    );
    return this.#remember(keyText(key), { id: Number(lastInsertRowid), rows: 0 });
  }

  #remember(text: string, known: Known): Known {
    if (this.#known.size >= rememberedLimit) this.#known.clear();
    this.#known.set(text, known);
    return known;
  }

  #remove(project: string, id: number): void {
    for (const { source } of this.#statements.sourcesOf.all(id)) this.#letSource(Number(source));
    this.#statements.removePoints.run(id);
    this.#statements.removeAlerted.run(id);
    const count = this.#counts.get(project);
    if (count !== undefined) this.#counts.set(project, count - 1);
  }

  /** A point of it is gone; with the last one it goes. */
  #letSource(source: number): void {
    this.#statements.countSource.run(-1, source);
    this.#statements.removeSource.run(source);
  }
}

function keyText({ project, test, case_name, name, unit, dimensions, hardware_class }: SeriesKey): string {
  return [project, test, case_name, name, unit, dimensions, hardware_class].join("\0");
}

function prepare(client: DatabaseSync) {
  const key = "project, test, case_name, name, unit, dimensions, hardware_class";
  const statements = {
    findSeries: `SELECT id, rows FROM trend_series WHERE project = ? AND test = ? AND case_name = ? AND name = ? AND unit = ? AND dimensions = ? AND hardware_class = ?`,
    addSeries: `INSERT INTO trend_series (${key}, better, rows, roll_at, last_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
    countSeries: `SELECT count(*) AS count FROM trend_series WHERE project = ?`,
    hasDurations: `SELECT 1 FROM trend_series WHERE project = ? AND test = ? AND case_name > '' AND name = 'duration' LIMIT 1`,
    seriesOfTest: `SELECT id, ${key} FROM trend_series WHERE project = ? AND test = ? ORDER BY id`,
    idle: `SELECT id, ${key} FROM trend_series WHERE last_at_ms < ? ORDER BY id LIMIT 1000`,
    grow: `UPDATE trend_series SET rows = ?, last_at_ms = max(last_at_ms, ?), better = ?, position = ? WHERE id = ?`,
    recount: `UPDATE trend_series SET rows = (SELECT count(*) FROM trend_points WHERE series = ?1), last_at_ms = max(last_at_ms, (SELECT last_at_ms FROM trend_series WHERE id = ?2)), position = ?3 WHERE id = ?1`,
    moveAlerts: `UPDATE OR IGNORE trend_alert_series SET series = ? WHERE series = ?`,
    removeAlerted: `DELETE FROM trend_alert_series WHERE series = ?`,
    renameSeries: `UPDATE trend_series SET test = ?, case_name = ? WHERE id = ?`,
    removeSeries: `DELETE FROM trend_series WHERE id = ?`,
    addSource: `INSERT INTO trend_sources (at_ms, "commit", branch, proposed, run, machine, upload, dropped, points) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)`,
    findSource: `SELECT id FROM trend_sources WHERE upload = ? AND at_ms = ? AND "commit" IS ? AND branch IS ? AND machine IS ?`,
    findRunSource: `SELECT id FROM trend_sources WHERE run = ? AND machine = ? AND dropped = 0`,
    countSource: `UPDATE trend_sources SET points = points + ? WHERE id = ?`,
    removeSource: `DELETE FROM trend_sources WHERE id = ? AND points <= 0`,
    dropRun: `UPDATE trend_sources SET dropped = 1 WHERE run = ?`,
    dropUpload: `UPDATE trend_sources SET dropped = 1 WHERE upload = ?`,
    addPoint: `INSERT INTO trend_points (series, source, value, count, spread, replicates, mark, rolled) VALUES (?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING`,
    movePoints: `UPDATE OR IGNORE trend_points SET series = ? WHERE series = ?`,
    removePoint: `DELETE FROM trend_points WHERE series = ? AND source = ?`,
    removePoints: `DELETE FROM trend_points WHERE series = ?`,
    sourcesOf: `SELECT source FROM trend_points WHERE series = ?`,
  } as const;
  return Object.fromEntries(Object.entries(statements).map(([name, sql]) => [name, client.prepare(sql)])) as Record<
    keyof typeof statements,
    StatementSync
  >;
}

import { keeping } from "@shardwright/core";
import type { DatabaseSync } from "node:sqlite";
import { type RolledRow, rawOf, rollUp } from "./roll-up.ts";
import type { SeriesKey, TrendStore } from "./trend-store.ts";

type FullSeries = SeriesKey & { readonly id: number; readonly rows: number };

/**
 * Rolls up series that have many points. That takes a fact of its own, which names a few of them, and of each of these so many points at a
 * time: whatever was imported, nothing else waits for long.
 */
export class TrendRolling {
  readonly #store: TrendStore;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(client: DatabaseSync, store: TrendStore) {
    this.#store = store;
    this.#statements = prepare(client);
  }

  roll(ids: readonly number[]): void {
    for (const id of ids) {
      const series = this.#statements.series.get(id) as FullSeries | undefined;
      if (series !== undefined) this.#roll(series);
    }
  }

  /** An upload that began with this fact is over: points of it that had to wait may be rolled up now, or are dropped. */
  uploadOver(project: string, since: number): void {
    this.#statements.lookAgain.run(project, since, keeping.rawDurations + keeping.slack, keeping.rawMetrics + keeping.slack);
  }

  #roll({ rows: before, ...series }: FullSeries): void {
    const all = this.#statements.rowsOf.all(series.id) as unknown as RolledRow[];
    const raw = rawOf(series.name);
    const { kept, gone, isMore } = rollUp(all, raw, keeping.rolledPoints);
    for (const { source, value, count, spread, rolled } of kept)
      this.#statements.rollPoint.run(value, count, spread, rolled, series.id, source);
    this.#store.removePoints(series, gone);
    const rows = before - gone.length;
    // What cannot be rolled up yet, because its upload is not complete, must not be looked at again and again.
    const next = Math.max(raw + keeping.slack, Math.ceil(rows * 1.25), rows + keeping.slack);
    this.#statements.setRows.run(rows, isMore ? rows : next, series.id);
  }
}

function prepare(client: DatabaseSync) {
  const key = "project, test, case_name, name, unit, dimensions, hardware_class";
  return {
    series: client.prepare(`SELECT id, rows, ${key} FROM trend_series WHERE id = ?`),
    rowsOf: client.prepare(
      `SELECT p.source, p.value, p.count, p.spread, p.mark, p.rolled, s.at_ms, s.branch, s.proposed, s.dropped, coalesce(u.state, 'complete') AS state FROM trend_points p JOIN trend_sources s ON s.id = p.source LEFT JOIN trend_uploads u ON u.id = s.upload WHERE p.series = ? ORDER BY s.at_ms, p.source`,
    ),
    rollPoint: client.prepare(
      `UPDATE trend_points SET value = ?, count = ?, spread = ?, replicates = NULL, rolled = ? WHERE series = ? AND source = ?`,
    ),
    setRows: client.prepare(`UPDATE trend_series SET rows = ?, roll_at = ? WHERE id = ?`),
    lookAgain: client.prepare(
      `UPDATE trend_series SET roll_at = rows WHERE project = ? AND position >= ? AND roll_at > rows AND rows >= CASE name WHEN 'duration' THEN ? ELSE ? END`,
    ),
  };
}

import { keeping } from "@shardwright/core";
import type { DatabaseSync } from "node:sqlite";

interface MeasuredCommit {
  readonly project: string;
  readonly branch: string;
  readonly commit: string;
  readonly at_ms: number;
}

/** The commits of branches in the order in which they were measured first: the newest so many of a project. */
export class TrendCommits {
  readonly #statements: ReturnType<typeof prepare>;
  /** How many a project has, as the tables say. */
  readonly #counts = new Map<string, number>();

  constructor(client: DatabaseSync) {
    this.#statements = prepare(client);
  }

  add({ project, branch, commit, at_ms }: MeasuredCommit): void {
    const { add, earlier } = this.#statements;
    if (add.run(project, branch, commit, at_ms).changes === 0) return void earlier.run(at_ms, project, branch, commit);
    const known = this.#counts.get(project);
    const count = known === undefined ? this.#count(project) : known + 1;
    this.#counts.set(project, count);
    if (count < keeping.commitsOfProject + keeping.commitsSlack) return;
    this.#statements.removeOldest.run(project, count - keeping.commitsOfProject);
    this.#counts.set(project, keeping.commitsOfProject);
  }

  /** Forgets those that were measured first before then. */
  forgetBefore(before_ms: number): void {
    this.#statements.removeBefore.run(before_ms);
    this.forget();
  }

  /** The tables are others now. */
  forget(): void {
    this.#counts.clear();
  }

  #count(project: string): number {
    return Number(this.#statements.count.get(project)?.["count"] ?? 0);
  }
}

function prepare(client: DatabaseSync) {
  return {
    add: client.prepare(
      `INSERT INTO trend_commits (project, branch, "commit", first_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    earlier: client.prepare(
      `UPDATE trend_commits SET first_ms = min(first_ms, ?) WHERE project = ? AND branch = ? AND "commit" = ?`,
    ),
    count: client.prepare(`SELECT count(*) AS count FROM trend_commits WHERE project = ?`),
    removeOldest: client.prepare(
      `DELETE FROM trend_commits WHERE id IN (SELECT id FROM trend_commits WHERE project = ? ORDER BY first_ms, id LIMIT ?)`,
    ),
    removeBefore: client.prepare(`DELETE FROM trend_commits WHERE first_ms < ?`),
  };
}

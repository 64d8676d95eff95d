import type { DatabaseSync } from "node:sqlite";

/** The SHA-256 of every log, artifact and bundle that the tables name, each once, in order. */
export function* namedBlobs(tables: DatabaseSync): Generator<string> {
  const rows = tables
    .prepare(
      `SELECT log_sha256 AS sha256 FROM attempts WHERE log_sha256 IS NOT NULL
      UNION SELECT sha256 FROM artifacts
      UNION SELECT json_extract(chunk.value, '$.sha256') FROM runs, json_each(runs.workspace, '$.chunks') AS chunk
      WHERE json_extract(runs.workspace, '$.kind') = 'bundle'
      ORDER BY 1`,
    )
    .iterate();
  for (const { sha256 } of rows) yield String(sha256);
}

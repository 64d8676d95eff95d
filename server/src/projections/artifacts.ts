import type { FactOf } from "@shardwright/core";
import { sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { artifacts } from "../database/tables.ts";

export function createArtifactProjection(database: Database) {
  const p = sql.placeholder;
  const insert = database
    .insert(artifacts)
    .values({
      run: p("run"),
      task: p("task"),
      attempt: p("attempt"),
      number: p("number"),
      name: p("name"),
      sha256: p("sha256"),
      bytes: p("bytes"),
      shared: p("shared"),
    })
    .onConflictDoNothing()
    .prepare();

  return {
    finished({ run, task, attempt, artifacts: left = [] }: FactOf<"AttemptFinished">): void {
      left.forEach(({ name, sha256, bytes, shared = false }, number) => {
        insert.run({ run, task, attempt, number, name, sha256, bytes, shared });
      });
    },
  };
}

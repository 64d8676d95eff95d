import type { AuditEntry, AuditList, auditQuerySchema } from "@shardwright/core";
import { type SQL, and, desc, eq, gte, lt, or, sql } from "drizzle-orm";
import type { z } from "zod";
import type { Database } from "../open.ts";
import { audit } from "../tables.ts";

/** Reads who did what. */
export function createAuditQueries(database: Database) {
  return {
    /** Newest first. */
    page({ project, action, actor, since_ms, before, limit }: z.output<typeof auditQuerySchema>): AuditList {
      const rows = database
        .select()
        .from(audit)
        .where(
          and(
            project === undefined ? undefined : eq(audit.project, project),
            action === undefined ? undefined : isNamed(action),
            actor === undefined ? undefined : isBy(actor),
            since_ms === undefined ? undefined : gte(audit.at_ms, since_ms),
            before === undefined ? undefined : lt(audit.position, before),
          ),
        )
        .orderBy(desc(audit.position))
        .limit(limit + 1)
        .all();
      const shown = rows.slice(0, limit);
      const last = rows.length > limit ? shown.at(-1) : undefined;
      return { entries: shown.map(entryOf), ...(last !== undefined && { next: last.position }) };
    },
  };
}

/** Exactly so, or with more after a dot. */
function isNamed(action: string): SQL | undefined {
  return or(eq(audit.name, action), sql`substr(${audit.name}, 1, ${action.length + 1}) = ${`${action}.`}`);
}

function isBy(actor: string): SQL | undefined {
  return or(sql`json_extract(${audit.actor}, '$.name') = ${actor}`, sql`json_extract(${audit.actor}, '$.token') = ${actor}`);
}

function entryOf({ id, at_ms, name, actor, route, object, project, outcome, code }: typeof audit.$inferSelect): AuditEntry {
  return {
    id,
    at_ms,
    name,
    actor,
    route,
    object,
    ...(project !== null && { project }),
    outcome,
    ...(code !== null && { code }),
  };
}

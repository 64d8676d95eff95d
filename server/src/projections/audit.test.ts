import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createAuditQueries } from "../database/queries/audit.ts";
import { openDatabase } from "../database/open.ts";
import { createAuditProjection } from "./audit.ts";

test("whoever comes and goes, however often, pushes out nothing of what was done", () => {
  const directory = mkdtempSync(join(tmpdir(), "audit-"));
  const { database, client } = openDatabase(join(directory, "state.db"));
  try {
    const projection = createAuditProjection(database);
    let position = 0;
    const begin = (name: string, at_ms: number) =>
      projection.begun(
        {
          type: "ActionBegun",
          action: `a-${String((position += 1)).padStart(16, "0")}`,
          name,
          actor: { name: "ada" },
          route: "POST /api/v1/session",
          object: String(position),
        },
        at_ms,
        position,
      );
    client.exec("BEGIN");
    begin("token.create", 1);
    for (let count = 0; count < 2100; count += 1) begin(count % 2 === 0 ? "session.sign-in" : "session.sign-out", 2);
    begin("sessions.of-a-later-version", 2);
    client.exec("COMMIT");
    const queries = createAuditQueries(database);
    const count = (action: string) => queries.page({ action, limit: 5000 }).entries.length;
    expect([count("session"), count("token"), count("sessions")]).toEqual([2000, 1, 1]);
    expect(queries.page({ action: "session", limit: 1 }).entries).toMatchObject([{ object: "2101" }]);
    // What is too old goes all the same.
    begin("session.sign-in", 400 * 86_400_000 + 2);
    expect([count("session"), count("token")]).toEqual([2000, 0]);
  } finally {
    client.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

import { nameSchema, quarantineListSchema, quarantineRemovalSchema, quarantineRequestSchema } from "@shardwright/core";
import { z } from "zod";
import { addToQuarantine, removeFromQuarantine } from "../../quarantine.ts";
import { defineRoute } from "../define-route.ts";

/** The last moment that a date can name. */
const lastDay_ms = 8_640_000_000_000_000;

export const quarantineRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/quarantine",
    summary: "Tests of a project whose failures do not count, as they were named by hand.",
    scopes: ["read"],
    isLocal: true,
    query: z.object({ project: nameSchema.default("default") }),
    answer: quarantineListSchema,
    handle: ({ query: { project } }, { queries, clock }) => ({
      project,
      entries: queries.quarantine.ofProject(project).map(({ test, owner, reason, expires_at_ms, since_ms }) => ({
        test,
        owner,
        reason,
        expires_at_ms,
        since_ms,
        expired: expires_at_ms <= clock.now_ms(),
      })),
    }),
  }),
  defineRoute({
    method: "put",
    path: "/api/v1/quarantine",
    summary: "Put a test into quarantine: from the next run on its failures do not count, until the entry expires.",
    scopes: ["submit"],
    body: quarantineRequestSchema,
    audit: ({ body: { project, test, owner, reason, expires_at_ms } }) => ({
      name: "quarantine.add",
      object: `${test}, until ${new Date(Math.min(expires_at_ms, lastDay_ms)).toISOString().slice(0, 10)}, for ${owner}: ${reason}`,
      project,
    }),
    handle: ({ body }, parts) => addToQuarantine(parts, body),
  }),
  defineRoute({
    method: "delete",
    path: "/api/v1/quarantine",
    summary: "Take a test out of quarantine. Runs that were submitted before keep what counted for them.",
    scopes: ["submit"],
    body: quarantineRemovalSchema,
    audit: ({ body: { project, test } }) => ({ name: "quarantine.remove", object: test, project }),
    handle: ({ body: { project, test } }, parts) => removeFromQuarantine(parts, project, test),
  }),
];

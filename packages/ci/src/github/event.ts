import { readFileSync, statSync } from "node:fs";
import type { z } from "zod";

/** GitHub's own limit for the payload of an event is 25 MB. */
const eventLimit_bytes = 32 * 1024 * 1024;

/** What the event's file says, as far as a schema wants it; undefined where there is none, or it says something else. */
export function readEvent<T>(path: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    if (statSync(path).size > eventLimit_bytes) return undefined;
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Without the event the environment tells enough to go on with.
    return undefined;
  }
}

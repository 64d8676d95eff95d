import { sql } from "drizzle-orm";
import { runs } from "./tables.ts";

/** Whether a run is a part of its project's history; one that was made to measure is not. */
export const isHistory = sql`json_extract(${runs.options}, '$.purpose') is null`;

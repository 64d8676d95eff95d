import { z } from "zod";
import { ShardwrightError } from "../errors/shardwright-error.ts";
import { reportVersion, runReportSchema, type RunReport } from "./run-report.ts";

const schemaId = `https://raw.githubusercontent.com/shardwright/shardwright/main/docs/reference/report.schema.json`;
const problemsShown = 5;

/** The report as JSON text that names its schema, with a line break at its end. */
export function writeJson(report: RunReport): string {
  return `${JSON.stringify({ $schema: schemaId, ...report }, undefined, 2)}\n`;
}

/** The published JSON Schema (draft 2020-12) of what {@link writeJson} writes. */
export function reportJsonSchema(): Record<string, unknown> {
  return {
    $id: schemaId,
    title: "Shardwright run report",
    description: "Everything one run left behind: verdict, account, tasks, attempts, cases and workers. Times are milliseconds.",
    ...z.toJSONSchema(runReportSchema, { io: "input" }),
  };
}

/** Each step turns a report of its version into one of the next. */
const upgrades: ReadonlyMap<number, (old: Record<string, unknown>) => Record<string, unknown>> = new Map();

/**
 * Checks a parsed value and brings it to the current version.
 * @param path what the value was read from, for the error's message
 * @throws ShardwrightError `report-unreadable`, naming the field
 */
export function readReport(value: unknown, path = "The report"): RunReport {
  let current = recordOf(value, path);
  let version = versionOf(current, path);
  while (version < reportVersion) {
    const upgrade = upgrades.get(version);
    if (upgrade === undefined) throw unreadable(path, `version: ${version} is no version that was ever written`);
    current = upgrade(current);
    version += 1;
  }
  const result = runReportSchema.safeParse({ ...current, version });
  if (!result.success) throw unreadable(path, problemsOf(result.error), result.error);
  return result.data;
}

function recordOf(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw unreadable(path, "an object was expected");
}

function versionOf(value: Record<string, unknown>, path: string): number {
  const { version } = value;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1) {
    throw unreadable(path, "version: a whole number was expected, from 1");
  }
  if (version > reportVersion) {
    throw unreadable(path, `version: ${version} was written by a newer Shardwright; this one reads up to ${reportVersion}`);
  }
  return version;
}

function problemsOf(error: z.ZodError): string {
  const problems = error.issues.slice(0, problemsShown).map((issue) => `${fieldOf(issue.path)}: ${issue.message}`);
  const left_out = error.issues.length - problems.length;
  return left_out > 0 ? `${problems.join("; ")}; and ${left_out} more` : problems.join("; ");
}

/** `tasks[3].attempts[0].status` */
function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((field, step) => {
    if (typeof step === "number") return `${field}[${step}]`;
    return field === "" ? String(step) : `${field}.${String(step)}`;
  }, "");
}

function unreadable(path: string, reason: string, cause?: unknown): ShardwrightError {
  return new ShardwrightError("report-unreadable", { path, format: "a Shardwright report", reason }, { cause });
}

import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { runReportSchema } from "@shardwright/core";
import { z } from "zod";

const resultSchema = z.object({
  verdict: z.string(),
  run: z.object({ id: z.string() }),
  /** Paths, relative to where the command ran. */
  reports: z.array(z.string()),
});

/**
 * An action's outputs.
 * @param result what `--json` printed; without one there are no outputs, and the step fails by the exit code
 */
export function outputsFrom(result: string, directory: string, env: Readonly<Record<string, string | undefined>>) {
  const read = parse(result);
  if (read === undefined) return {};
  const { verdict, run, reports } = read;
  const path = reports.find((one) => basename(one) === "report.json");
  const report = path === undefined ? undefined : resolve(directory, path);
  return {
    verdict,
    "run-id": run.id,
    "run-url": `${env.GITHUB_SERVER_URL ?? "https://github.com"}/${env.GITHUB_REPOSITORY ?? ""}/actions/runs/${env.GITHUB_RUN_ID ?? ""}`,
    ...(report !== undefined && { "report-path": report, ...countsIn(report) }),
  };
}

function countsIn(path: string) {
  const { total, passed, failed, errored, skipped, flaky } = runReportSchema.parse(JSON.parse(readFileSync(path, "utf8"))).cases;
  return { total, passed, failed, errored, skipped, flaky };
}

function parse(text: string): z.infer<typeof resultSchema> | undefined {
  if (text.trim() === "") return undefined;
  return resultSchema.parse(JSON.parse(text));
}

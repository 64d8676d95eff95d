import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { RunReport } from "@shardwright/core";
import { runToEnd } from "./processes.ts";

/** A project of its own with these files, run as a user would. */
export async function runProject(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "shardwright-browser-tests-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  // Where a test is bound to a browser, somebody has to look for it.
  const environment = { SHARDWRIGHT_DETECT_BROWSERS: "true", ...variables };
  const ran = await runToEnd(["run", "--runner", "browser", "--workers", "1", "--max-retries", "0", ...args], {
    cwd: folder,
    environment,
  });
  const place = join(folder, "shardwright-report", "report.json");
  const report = existsSync(place) ? (JSON.parse(readFileSync(place, "utf8")) as RunReport) : undefined;
  const attempts = (file: string) => report?.tasks.find((task) => task.file === file)?.attempts ?? [];
  const cases = (file: string) => attempts(file).flatMap((attempt) => attempt.cases);
  return { ...ran, folder, attempts, cases };
}

/** Options of the suite, where what the flags say is not enough. */
export function configuration(options: object): string {
  return JSON.stringify({ suites: [{ name: "browser", runner: "browser", options }] });
}

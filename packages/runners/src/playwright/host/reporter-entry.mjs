// What Playwright loads as a reporter, by its path and once; it makes one for each run: the host's own, which knows the task that runs.
export default function ReporterOfHost() {
  return globalThis[Symbol.for("shardwright.playwright.reporter")];
}

/** What is said of a suite whose framework would fail for too little coverage, which is not known here before all processes have ended. */
export function thresholdNotice(framework: string): string {
  return `${framework}'s coverage thresholds are not checked in this run, and its own report of coverage is not written: docs/coverage.md says how to measure.`;
}

/** How what a CI system has submitted stands, as a coordinator knows it. */
export interface CiStatus {
  readonly ci_system: string;
  /** Undefined where it has submitted none. */
  readonly run: string | undefined;
  /** `running`, or the verdict; `none` where there is no run. */
  readonly status: "none" | "running" | "passed" | "failed" | "errored" | "incomplete" | "cancelled";
}

import type { RunContext } from "@shardwright/core";

/** One CI system: what its environment says. */
export interface Provider {
  /** Lower case and dashes. */
  readonly name: string;
  /** Whether this process runs in a job of it. */
  detect(env: Readonly<Record<string, string | undefined>>): boolean;
  /** Reads the environment; asks nothing over the network. */
  describe(env: Readonly<Record<string, string | undefined>>): { readonly context: RunContext; readonly pipelineKey?: string };
}

/** How a CI system's last run stands, as a coordinator knows it. */
export interface CiStatus {
  readonly ci_system: string;
  /** Undefined where it has submitted none. */
  readonly run: string | undefined;
  /** `running`, or the verdict; `none` where there is no run. */
  readonly status: "none" | "running" | "passed" | "failed" | "errored" | "incomplete" | "cancelled";
}

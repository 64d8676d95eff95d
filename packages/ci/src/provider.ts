import type { PoliteFetch } from "./http/polite-fetch.ts";
import type { MatrixJob, RunContext } from "@shardwright/core";
import type { LiveStatus, Channel, RunStart, Session } from "./publishing/channel.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** How a CI system folds part of its log. */
export interface LogGroup {
  readonly open: string;
  readonly close: string;
}

/** How a CI system's log wants to be spoken to. */
export interface LogDialect {
  /**
   * The lines that open and close a folded part of the log; `close` is empty where the system has no such thing.
   * @param title one line
   * @param id letters, digits and dashes; tells sections apart
   * @param at_s seconds since 1970
   */
  group(title: string, id: string, at_s: number): LogGroup;
  /**
   * Takes the power out of what a test printed, where the system reads commands from its log. It must be the last thing done to a text:
   * what is taken out afterwards can bring a command to the start of its line.
   */
  neutralise(text: string): string;
  /** The line that has the system hide a text from its log from here on; undefined where it has no such command. */
  mask?(secret: string): string;
}

/** What a CI system says about the job that this process is in. */
export interface CiDescription {
  readonly context: RunContext;
  /** Names the pipeline across attempts and jobs: a re-run of the pipeline has the same. Absent where the system has no such id. */
  readonly pipelineKey?: string;
  /** Which of several like jobs this is, where the system counts them. */
  readonly job?: MatrixJob;
}

/** What a CI system offers, for people: the table in the docs is made of it. */
export interface CiCapabilities {
  readonly title: string;
  /** What its jobs are told of a change: pull or merge requests, whether they come from a fork, which attempt this is. */
  readonly pull_requests: boolean;
  readonly forks: boolean;
  readonly attempts: boolean;
  /** It counts the like jobs of a pipeline. */
  readonly jobs: boolean;
  readonly log_groups: boolean;
  readonly masking: boolean;
  /** How a job proves who it is without a stored secret. */
  readonly identity?: "asked for" | "variable";
  /** The signal by which it ends a job that somebody cancelled, where that is known. */
  readonly cancellation?: "SIGINT" | "SIGTERM";
}

/** One CI system: what its environment says, how its log is written, and where results can be shown. */
export interface CiProvider {
  /** `github`. Lower case and dashes. */
  readonly name: string;
  readonly capabilities: CiCapabilities;
  readonly log: LogDialect;
  /** Whether this process runs in a job of it. */
  detect(env: Environment): boolean;
  /** Reads the environment and the files that it names; asks nothing over the network. */
  describe(env: Environment): CiDescription;
  /** The run that this job was started by and speaks for, where that is another one than its own; undefined where it speaks for itself. */
  describeTrigger?(env: Environment): RunContext | undefined;
  /** How that run has ended; `success` where all its jobs have done what they were to do. Undefined where that is not known. */
  triggerConclusion?(env: Environment): string | undefined;
  /** Where it shows results, in the order in which they are written. */
  readonly channels: readonly Channel[];
  /** Shows that a run goes on; its end is told by the channels. */
  startStatus?(start: RunStart, session: Session): Promise<LiveStatus>;
  /** Where a job gets a token that says who it is; undefined where this one gets none. */
  identity?(env: Environment, fetch: PoliteFetch): IdentitySource | undefined;
}

/** Where a job gets what its CI system says of it, signed. */
export interface IdentitySource {
  /** For people: `GitHub's token service`. */
  readonly title: string;
  /**
   * A JSON Web Token that names the job.
   * @param audience whom it is for; a source that has one already gives that
   * @throws ShardwrightError `identity-unavailable`
   */
  readonly fetchIdToken: (audience: string) => Promise<string>;
}

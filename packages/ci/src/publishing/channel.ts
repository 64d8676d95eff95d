import type { Environment } from "../provider.ts";
import type { PoliteFetch } from "../http/polite-fetch.ts";
import type { Publication } from "./publication.ts";

/** `summary`: a page of the job; `annotations`: beside lines of the source; `status`: a check or status of the commit; `comment`: one that is kept up to date on the pull request; `results`: the system's own list of tests. */
export const channelNames = ["summary", "annotations", "status", "comment", "results"] as const;
export type ChannelName = (typeof channelNames)[number];

/** What a channel has to work with. */
export interface Session {
  readonly env: Environment;
  /** The token that the user gave for the CI system's API, if any; else a channel looks for the system's own in `env`. */
  readonly token?: string | undefined;
  /** Tells runs of one commit apart: the name of the check, the mark of the comment. */
  readonly name: string;
  /** The run whose status was shown while it went on, where that is another one than the report's: what was begun is ended. */
  readonly shownRun?: string | undefined;
  /** What the report's paths are relative to; absolute. Absent where nobody knows. */
  readonly workspace?: string | undefined;
  readonly fetch: PoliteFetch;
  /** Writes a line for the CI system into the job's log: a command, where it has some. */
  readonly write: (line: string) => void;
  readonly now_ms: () => number;
  readonly signal: AbortSignal;
  /** Where the reports lie, absolute: for what a system takes from the job's files. */
  readonly outputDir?: string | undefined;
}

/** One place where a CI system shows results. */
export interface Channel {
  readonly name: ChannelName;
  /** For people: `check run`. */
  readonly title: string;
  /** Its limits, for people: `50 annotations a request, 65,535 characters`. */
  readonly limits: string;
  /** Written only where it was asked for by name: what many would rather not be sent. */
  readonly onRequest?: boolean;
  /** Why it cannot be used from this job, for people, with what to do; undefined where it can. */
  unavailable(session: Session): string | undefined;
  /**
   * Shows the results.
   * @param before what became of the channels before it
   * @returns what was left out because of the system's limits, for people; undefined where all is there
   * @throws what the system or the network answers, told apart by `publish`
   */
  publish(publication: Publication, session: Session, before: readonly Published[]): Promise<string | undefined>;
}

/** What became of one channel. */
export interface Published {
  readonly channel: Channel;
  /** `unavailable`: this job has not what it takes, and nobody asked for it by name. */
  readonly outcome: "done" | "unavailable" | "failed";
  /** Why not, or what was left out. */
  readonly note?: string;
}

/** What is known of a run when it begins. */
export interface RunStart {
  /** Its id. */
  readonly run: string;
  readonly title: string;
  readonly commit: string | undefined;
  /** The run's page, or its job's. */
  readonly url: string | undefined;
}

/** A status that is shown while the run goes on. */
export interface LiveStatus {
  /** Tells how far it is; may be called as often as one likes. */
  progress(done: number, total: number, failed: number): void;
  /** Ends the live part; the channel `status` says the verdict. */
  close(): Promise<void>;
  /** Ends it where there will be no verdict, so that nobody waits for one: it is shown as cancelled, never as green. */
  abandon(reason: string): Promise<void>;
}

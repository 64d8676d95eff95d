import { speaksOfMachine } from "./machine-signs.ts";

/** What failures may go with. All but `browser` say where and when a test ran, which the test itself has no part in. */
export const attributes = ["worker", "hardware", "browser", "hour", "preceding"] as const;
export type Attribute = (typeof attributes)[number];

/** A failure of an attempt, as far as the analysis knows it. */
interface SeenFailure {
  readonly fingerprint: string;
  /** Its kind or its words point at the machine, the network or a service rather than at the code. */
  readonly environmental: boolean;
}

/** One attempt of a task, or of a part of one, that came to a result: it passed, failed or errored. */
export interface Observation {
  /** Names the task: all attempts of one have this in common. Of several runs, the run is part of it. */
  readonly unit: string;
  /** What it can be compared with: within a run, tests of one suite that need the same of a worker; across runs, the same test. */
  readonly alike: string;
  readonly suite: string;
  readonly worker: string;
  /** Milliseconds since 1970, by the coordinator's clock. */
  readonly began_ms: number;
  readonly ended_ms: number;
  /** Its task's first: where it was dealt to does not hang on how it fared before. */
  readonly first: boolean;
  readonly passed: boolean;
  /** One of each fingerprint. */
  readonly failures: readonly SeenFailure[];
  readonly values: Readonly<Partial<Record<Attribute, string>>>;
}

/** More of a message says nothing new. */
const wordsRead = 2000;
const environmentalKinds = new Set(["infrastructure", "runner-error", "browser-crash"]);
const environmentalWords = new RegExp(
  [
    "\\b(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|EPIPE)\\b",
    "connection (?:refused|reset|timed out|closed)|no route to host|network is unreachable|broken pipe",
    "name resolution|name or service not known|no such host",
    "service unavailable|bad gateway|gateway time-?out|too many connections",
    "\\bEROFS\\b|read-only file system|out of memory",
    "browser has (?:been closed|disconnected)|browser has crashed|target crashed",
  ].join("|"),
  "i",
);

/** Whether a failure points at the surroundings of the test. A pointer, no proof: a wrong address in the code is refused as well. */
export function isEnvironmental(kind: string, message: string): boolean {
  return environmentalKinds.has(kind) || speaksOfMachine(message) || environmentalWords.test(message.slice(0, wordsRead));
}

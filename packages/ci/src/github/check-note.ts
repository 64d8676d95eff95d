import type { Annotation, Verdict } from "@shardwright/core";
import { cutBytes, cutCharacters } from "../publishing/cut.ts";

/** What GitHub takes of a check run, whoever writes it: https://docs.github.com/rest/checks/runs */
export const checkLimits = {
  annotationsPerRequest: 50,
  /** Of one check run: 20 requests, with those before and after well below the 80 that GitHub takes in a minute of all jobs together. */
  annotations: 1000,
  /** Of the summary, and of the text. */
  text: 65_535,
  title: 255,
  /** GitHub's 64 KB for each part of an annotation, with room for how JSON writes what is no letter. */
  note_bytes: 60_000,
} as const;

/** Not green, whatever the reason: of an incomplete run not every test has a result. */
export const checkConclusions = {
  passed: "success",
  failed: "failure",
  errored: "failure",
  incomplete: "failure",
  cancelled: "cancelled",
} as const satisfies Record<Verdict, string>;

/** An annotation of a check run, as GitHub's API names its parts. */
export interface CheckNote {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: Annotation["level"];
  readonly title: string;
  readonly message: string;
  readonly raw_details?: string;
}

/** @param path the file's, in the repository */
export function checkNote({ line, level, title, message, details }: Annotation, path: string): CheckNote {
  return {
    path,
    start_line: line,
    end_line: line,
    annotation_level: level,
    title: cutCharacters(title, checkLimits.title),
    message: cutBytes(message, checkLimits.note_bytes),
    ...(details !== "" && { raw_details: cutBytes(details, checkLimits.note_bytes) }),
  };
}

import type { RunReport } from "@shardwright/core";

export interface ReportPlace {
  /** @param path relative to the reports, as artifacts have it */
  readonly attachment: (path: string) => string;
}

/** Turns a finished run into one file. */
export interface Reporter {
  /** The name for `--report-formats`: lower case and dashes. */
  readonly format: string;
  /** The file's name inside `--output-dir`. */
  readonly file: string;
  /**
   * The file's content, whole or in pieces.
   * @param place how this CI system wants a file named that lies beside the reports
   */
  write(report: RunReport, place?: ReportPlace): string | Iterable<string>;
}

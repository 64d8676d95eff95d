import { reasonOf, ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import type { Suite } from "../runner.ts";
import { type GoLine, parseGoLine } from "./go-line.ts";

/** What can be set for a suite of Go packages. */
const goOptionsSchema = z.strictObject({
  /** The go command: a name on the PATH, or a path relative to the suite's folder. */
  go: z.string().min(1).max(4096).default("go"),
  /**
   * Arguments of `go test`, as on its command line: `["-race", "-tags=integration", "./internal/..."]`. All packages of the suite's
   * folder when none is named.
   */
  args: z.array(z.string().max(4096)).max(256).default([]),
});
export type GoOptions = z.infer<typeof goOptionsSchema>;

/** @throws ShardwrightError `config-invalid` */
export function parseGoOptions(options: Suite["options"]): GoOptions {
  const parsed = goOptionsSchema.safeParse(options);
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
  readGoLine(parsed.data, []);
  return parsed.data;
}

/**
 * The suite's arguments behind those in GOFLAGS.
 * @throws ShardwrightError `config-invalid`
 */
export function readGoLine({ args }: GoOptions, flags: readonly string[]): GoLine {
  try {
    return parseGoLine(args, flags);
  } catch (error) {
    throw invalid(reasonOf(error));
  }
}

function invalid(problem: string): ShardwrightError {
  return new ShardwrightError("config-invalid", { problems: `options of go: ${problem}` });
}

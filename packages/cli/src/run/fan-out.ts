import { browsersIn, ShardwrightError, type Requirements } from "@shardwright/core";
import type { DiscoveredFile, Runner } from "@shardwright/runners";

/** Which browsers a suite's tests run in: all of several, each file once in each; or the one that they ask for. */
export interface BrowserChoice {
  readonly browsers: readonly string[] | undefined;
  readonly requirements: Requirements;
  /** Of the suite. */
  readonly name: string;
}

/**
 * Makes a task of each file for each browser: they differ in their variants. A single browser that is asked for is what the tests run in, where
 * their runner can be told; else it is only what their worker has to have.
 * @throws ShardwrightError `browsers-not-taken` where tests were to run in several browsers, and their runner cannot be told in which
 */
export function inBrowsers(
  files: readonly DiscoveredFile[],
  { browsers, requirements, name }: BrowserChoice,
  { capabilities: { takesBrowser = false, title } }: Runner,
): readonly DiscoveredFile[] {
  if (browsers === undefined) {
    const [only, ...others] = browsersIn(requirements.tags ?? []);
    if (!takesBrowser || only === undefined || others.length > 0) return files;
    return files.map((file) => ({ browser: only, ...file }));
  }
  if (!takesBrowser) throw new ShardwrightError("browsers-not-taken", { suite: name, framework: title });
  return files.flatMap((file) =>
    file.browser !== undefined
      ? [file]
      : browsers.map((browser) => ({
          ...file,
          browser,
          variant: file.variant === undefined ? browser : `${file.variant} ${browser}`,
        })),
  );
}

import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";

/** What can be set for a suite of browser tests. */
const browserOptionsSchema = z.strictObject({
  /** Words for each test, as `--test-args` gives them. */
  args: z.array(z.string().max(4096)).max(256).optional(),
  /** Seconds for one case; 30 when absent. */
  timeout: z.number().positive().max(86_400).default(30),
  /** Whether Playwright's trace of a case that failed is kept: `on-failure`, or `off`. Benchmarks have none. */
  trace: z.enum(["on-failure", "off"]).default("on-failure"),
  /** Whether a video of each page is kept: of cases that failed, of all, or none. Benchmarks have none. Needs ffmpeg on the worker. */
  video: z.enum(["off", "on-failure", "always"]).default("off"),
  /** Tests that speak of no GPU and measure nothing run in Chromium's headless shell, where it is beside the browser. */
  headlessShell: z.boolean().default(true),
  /** What an error of a page's script that nobody caught does: `fail` the case, or `print` it only. */
  pageErrors: z.enum(["fail", "print"]).default("fail"),
  /** Serves the workspace so that pages can use threads, which keeps out what other origins do not allow to be embedded. */
  isolated: z.boolean().default(true),
});
export type BrowserOptions = z.infer<typeof browserOptionsSchema>;

/** @throws ShardwrightError `config-invalid` */
export function parseBrowserOptions(options: unknown): BrowserOptions {
  const parsed = browserOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new ShardwrightError("config-invalid", { problems: `options of browser: ${z.prettifyError(parsed.error)}` });
}

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type RunReport, runReportSchema } from "@shardwright/core";
import { afterEach, beforeEach } from "vitest";
import { runToEnd } from "../processes.ts";

/** A user's checkout: a folder of its own for each test, with a `package.json` that says the tests are node:test's. */
export interface UserSuite {
  /** Its absolute path. */
  readonly folder: () => string;
  readonly write: (path: string, text: string) => void;
  /** `shardwright run` in it, with two workers. */
  readonly run: (...args: string[]) => ReturnType<typeof runToEnd>;
  /** The `report.json` that is there. */
  readonly report: () => RunReport;
  readonly hasReports: () => boolean;
}

/** To be called once in a test file. */
export function useSuite(): UserSuite {
  let folder = "";
  const suite: UserSuite = {
    folder: () => folder,
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    run: (...args) => runToEnd(["run", "--workers", "2", ...args], { cwd: folder }),
    report: () => runReportSchema.parse(JSON.parse(readFileSync(join(folder, "shardwright-report", "report.json"), "utf8"))),
    hasReports: () => existsSync(join(folder, "shardwright-report")),
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "shardwright-cli-"));
    suite.write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return suite;
}

/** A node:test file with one test. */
export const testOf = (body: string, imports = "") =>
  `import test from "node:test";\n${imports}\ntest("works", async () => {\n${body}\n});\n`;

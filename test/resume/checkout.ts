import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type RunReport, runReportSchema } from "@shardwright/core";
import { onTestFinished } from "vitest";
import { type Fleet } from "../cli/fleet.ts";
import { until } from "../processes.ts";

/** The cases of the file, by number from 0. */
export const caseCount = 60;
/** The case that does not end where it is begun first. */
export const stuckCase = 30;

const inNode = (declare: string) => `import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
${declare}
const folder = import.meta.dirname;
async function work(number) {
  appendFileSync(join(folder, "ran"), number + "\\n");
  if (number !== ${stuckCase}) return;
  try {
    writeFileSync(join(folder, "stuck"), String(process.pid), { flag: "wx" });
  } catch {
    return;
  }
  // Nobody ends it with a worker that is killed: it goes when the checkout does.
  while (existsSync(join(folder, "stuck")) && !existsSync(join(folder, "go"))) await new Promise((resolve) => setTimeout(resolve, 20));
}
afterAll(() => appendFileSync(join(folder, "cleared"), "yes\\n"));
test.each(Array.from({ length: ${caseCount} }, (_, number) => number))("case %i", async (number) => work(number), 3_600_000);
`;

const inPython = `import os, time
import pytest
folder = os.path.dirname(__file__)

@pytest.fixture(scope="module", autouse=True)
def cleared():
    yield
    with open(os.path.join(folder, "cleared"), "a") as file:
        file.write("yes\\n")

@pytest.mark.parametrize("number", range(${caseCount}))
def test_case(number):
    with open(os.path.join(folder, "ran"), "a") as file:
        file.write("%d\\n" % number)
    if number != ${stuckCase}:
        return
    try:
        with open(os.path.join(folder, "stuck"), "x") as file:
            file.write(str(os.getpid()))
    except FileExistsError:
        return
    while os.path.exists(os.path.join(folder, "stuck")) and not os.path.exists(os.path.join(folder, "go")):
        time.sleep(0.02)
`;

/** One file of many cases. Each writes down that it ran; one of them hangs where it is begun first. */
export interface Checkout {
  readonly folder: string;
  readonly write: (file: string, text: string) => void;
  readonly has: (file: string) => boolean;
  /** How often each case was begun. */
  readonly begun: () => number[];
  /** How often what is set up for the file was cleared up. */
  readonly cleared: () => number;
  readonly report: () => RunReport;
}

export function checkout(framework: "vitest" | "pytest"): Checkout {
  const folder = mkdtempSync(join(tmpdir(), "shardwright-resume-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const lines = (file: string) =>
    existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim().split("\n") : [];
  if (framework === "vitest") {
    const installed = dirname(createRequire(import.meta.url).resolve("vitest/package.json"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(installed, join(folder, "node_modules/vitest"), "junction");
    write("package.json", JSON.stringify({ type: "module", scripts: { test: "vitest" } }));
    write("many.test.js", inNode(`import { afterAll, test } from "vitest";`));
  } else {
    write("pytest.ini", "[pytest]\n");
    write("test_many.py", inPython);
  }
  return {
    folder,
    write,
    has: (file) => existsSync(join(folder, file)),
    begun() {
      const counts = Array.from({ length: caseCount }, () => 0);
      for (const line of lines("ran")) counts[Number(line)] = (counts[Number(line)] ?? 0) + 1;
      return counts;
    },
    cleared: () => lines("cleared").length,
    report: () => runReportSchema.parse(JSON.parse(readFileSync(join(folder, "shardwright-report", "report.json"), "utf8"))),
  };
}

/** Waits until a case hangs, and the coordinator has all that came before it. */
export async function untilStuck(suite: Checkout, fleet: Fleet): Promise<void> {
  await until("the case that hangs", async () => suite.has("stuck"), 60_000);
  await until("what came before it", async () => {
    const { runs } = (await fleet.call("GET", "runs")) as { runs: { id: string }[] };
    const report = runReportSchema.parse(await fleet.call("GET", `runs/${runs[0]?.id}/report`));
    return report.tasks[0]?.attempts.at(-1)?.cases.length === stuckCase;
  });
}

/** What each case was to be begun how often, when the one that hung was begun twice, and the others once. */
export const eachOnce: readonly number[] = Array.from({ length: caseCount }, (_, number) => (number === stuckCase ? 2 : 1));

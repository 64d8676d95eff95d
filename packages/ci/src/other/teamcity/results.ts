import { caseName, junitFiles, readJunit, writeJunit, type CaseResult, type RunReport } from "@shardwright/core";
import type { Channel } from "../../publishing/channel.ts";
import { cutCharacters } from "../../publishing/cut.ts";
import { serviceMessage } from "./message.ts";

/** Longer ones are cut by the server, and then no longer tell tests apart. */
const nameLimit = 1000;
const messageLimit = 4000;

/** Every test with its result, by messages in the log: the same ones as in the JUnit file, bounded as that is. */
export const resultsChannel: Channel = {
  name: "results",
  title: "list of tests",
  limits: "16 MiB of text",
  unavailable: () => undefined,
  async publish({ report }, session) {
    for await (const message of testMessages(report)) session.write(message);
    return undefined;
  },
};

async function* testMessages(report: RunReport): AsyncGenerator<string> {
  // Through the file's own reader, so that the build's list and the file can only say the same.
  const written = await readJunit([...writeJunit(report)].join(""), { path: "junit.xml" });
  for (const { file, cases } of junitFiles(written)) {
    yield serviceMessage("testSuiteStarted", { name: file });
    for (const result of cases) yield* caseMessages(result);
    yield serviceMessage("testSuiteFinished", { name: file });
  }
}

function* caseMessages(result: CaseResult): Generator<string> {
  const { status, message, details, output, duration_ms } = result;
  const name = cutCharacters(caseName(result), nameLimit);
  yield serviceMessage("testStarted", { name });
  if (output !== undefined && output !== "") yield serviceMessage("testStdOut", { name, out: output });
  const said = message === undefined ? undefined : cutCharacters(message, messageLimit);
  if (status === "skipped") yield serviceMessage("testIgnored", { name, message: said ?? "" });
  if (status === "failed" || status === "errored") yield serviceMessage("testFailed", { name, message: said ?? status, details });
  yield serviceMessage("testFinished", { name, duration: Math.round(duration_ms) });
}

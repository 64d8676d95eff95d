import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@shardwright/client";
import type { JudgementRequest, RunReport, Suite } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { ofTests, tellJudgement } from "./tell-judgement.ts";

const run = "r-0123456789abcdef";
const measured: Suite = { name: "unit", runner: "vitest", directory: ".", options: { coverage: true } };
const reportOf = (verdict: RunReport["verdict"], reason = "1 passed", more = {}) =>
  ({ verdict, reason, ...more }) as unknown as RunReport;

/** A coordinator that answers so, and what it was asked. */
async function coordinator(status: number, answer: object) {
  const asked: { path: string | undefined; body: JudgementRequest }[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      asked.push({ path: request.url, body: JSON.parse(text) as JudgementRequest });
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = createClient({
    addresses: [`http://127.0.0.1:${port}`],
    apiKey: "token",
    retry: { attempts: 3, total_ms: 500, base_ms: 1 },
  });
  onTestFinished(async () => {
    await client.close();
    server.close();
  });
  const said: string[] = [];
  const tell = (tests: RunReport, joined: RunReport, { suites = [measured], signal = new AbortController().signal } = {}) =>
    tellJudgement(client, { run, suites, tests, joined, say: (line) => void said.push(line), signal });
  return { asked, said, tell };
}

const taken = { judged: true, changed: true, verdict: "failed" };
const unknown = (path: string) => ({ error: { code: "not-found", message: `There is no ${path}.`, retryable: false } });

test("what the coverage of green tests comes to is told, good and bad", async () => {
  const { asked, tell } = await coordinator(200, taken);
  const tests = reportOf("passed");
  expect(await tell(tests, reportOf("failed", "too low"))).toBe(true);
  expect(await tell(tests, tests)).toBe(true);
  expect(await tell(tests, reportOf("errored", "x".repeat(2000)))).toBe(true);
  expect(asked.map(({ path, body }) => [path, body.verdict, body.reason.length])).toEqual([
    [`/api/v1/runs/${run}/judgement`, "failed", 7],
    [`/api/v1/runs/${run}/judgement`, "passed", 8],
    [`/api/v1/runs/${run}/judgement`, "errored", 1024],
  ]);
});

test("of a run that was not green, or is not measured, nothing is told", async () => {
  const { asked, tell } = await coordinator(200, taken);
  expect(await tell(reportOf("failed"), reportOf("failed"))).toBe(false);
  expect(await tell(reportOf("cancelled"), reportOf("cancelled"))).toBe(false);
  const suites = [{ ...measured, options: {} }];
  expect(await tell(reportOf("passed"), reportOf("passed"), { suites })).toBe(false);
  expect(asked).toEqual([]);
});

test("a job that was stopped says that it does not know", async () => {
  const { asked, tell } = await coordinator(200, { ...taken, verdict: "errored" });
  const signal = AbortSignal.abort();
  expect(await tell(reportOf("passed"), reportOf("cancelled", "Stopped before"), { signal })).toBe(true);
  expect(asked).toMatchObject([{ body: { verdict: "errored", reason: "Stopped before" } }]);
});

test("an older coordinator, and one that is away, take nothing; the latter is said", async () => {
  const older = await coordinator(404, unknown("POST /api/v1/runs/r-1/judgement"));
  expect(await older.tell(reportOf("passed"), reportOf("failed"))).toBe(false);
  expect(older.said).toEqual([]);
  const away = await coordinator(503, { error: { code: "no-leader", message: "Nobody leads.", retryable: true } });
  expect(await away.tell(reportOf("passed"), reportOf("failed"))).toBe(false);
  expect(away.asked.length).toBeGreaterThan(1);
  expect(away.said).toEqual([expect.stringContaining("could not be told what the coverage comes to")]);
  const untaken = await coordinator(200, { judged: false, changed: false });
  expect(await untaken.tell(reportOf("passed"), reportOf("failed"))).toBe(false);
});

test("tests that have passed have passed, whatever was said of their coverage before", () => {
  expect(ofTests(reportOf("errored", "Stopped", { tests_reason: "1 passed" }))).toEqual(reportOf("passed", "1 passed"));
  expect(ofTests(reportOf("failed", "1 failed"))).toEqual(reportOf("failed", "1 failed"));
});

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { accountFor } from "../../model/account.ts";
import { sampleReport } from "../sample.test-data.ts";
import { pageStatuses, type PagePayload } from "./payload.ts";
import { writeHtml } from "./write-html.ts";

const payloadOf = (html: string) =>
  JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? "") as PagePayload;

test("the policy admits exactly the script and the style that are there", () => {
  const html = writeHtml(sampleReport());
  const hash = (text: string | undefined) =>
    `'sha256-${createHash("sha256")
      .update(text ?? "")
      .digest("base64")}'`;
  expect(html).toContain(`script-src ${hash(/<script>(.*?)<\/script>/s.exec(html)?.[1])}`);
  expect(html).toContain(`style-src ${hash(/<style>(.*?)<\/style>/s.exec(html)?.[1])}`);
  expect(html).not.toMatch(/\sstyle="|\son\w+="/);
});

test("without a script the page tells the verdict, the account and the failures", () => {
  const html = writeHtml(sampleReport());
  const before = html.slice(0, html.indexOf('id="data"'));
  const text = before.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
  expect(text).toContain("64 discovered = 46 passed + 14 failed + 1 errored + 1 skipped + 2 flaky");
  expect(text).toContain("connect ECONNREFUSED 127.0.0.1:5433");
});

test("when room for evidence runs out, failures keep theirs and the text says what is missing", () => {
  const report = sampleReport({ files: 20 });
  const payload = payloadOf(writeHtml(report, { evidence_limit_characters: 6000 }));
  const failed = payload.tasks.find((task) => pageStatuses[task.attempts.at(-1)?.status ?? 0] === "failed");
  expect(failed?.attempts.at(-1)?.cases.find((result) => result[0] === 1)?.[4]?.details).toContain("ECONNREFUSED");
  const logs = payload.tasks.flatMap((task) => task.attempts.map((attempt) => attempt.log ?? ""));
  expect(logs.filter((log) => log.includes("left out to keep this page small")).length).toBeGreaterThan(0);
});

test("a run without tasks, and one that ended early, can be shown", () => {
  const report = sampleReport({ files: 4 });
  const [first] = report.tasks;
  Object.assign(first ?? {}, { status: "incomplete", reason: "The run's deadline passed.", attempts: [] });
  Object.assign(report, { verdict: "incomplete", account: accountFor(report.tasks) });
  expect(writeHtml(report)).toContain("The run&#39;s deadline passed.");
  expect(writeHtml({ ...report, tasks: [], workers: [], account: accountFor([]) })).toContain("<b>0</b> discovered");
});

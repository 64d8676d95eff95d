import { expect, test } from "vitest";
import { analyseFailures, causeWords, failuresOf } from "./failure-analysis.ts";
import { failureAnalysisSchema } from "./failure-schema.ts";
import { reportFromCases } from "./from-cases.ts";
import { writeHtml } from "./html/write-html.ts";
import { writeMarkdown } from "./markdown.ts";
import { sampleReport } from "./sample.test-data.ts";
import { sickWorkerReport } from "./sick-worker.test-data.ts";

const sentence =
  "only on worker gpu-3 since 14:02 UTC, right after tests/test_302.py: 12 of 12 here, 0 of 340 elsewhere (p < 0.001): likely the machine";
const textOf = (html: string) =>
  html
    .slice(0, html.indexOf('id="data"'))
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&lt;", "<")
    .replace(/\s+/g, " ");

test("a machine that breaks during a run is named, with what is known of its failures", () => {
  const analysis = analyseFailures(sickWorkerReport());
  expect(failureAnalysisSchema.parse(analysis)).toEqual(analysis);
  expect(analysis.causes).toHaveLength(2);
  expect(analysis.causes[0]).toMatchObject({
    kind: "assertion",
    title: "RuntimeError: CUDA error: device-side assert triggered on device 0 after 2142 ms",
    message: "RuntimeError: CUDA error: device-side assert triggered on device <n> after <duration>",
    frame: "models/device.py:88",
    cases: 12,
    tasks: 12,
    attempts: 12,
    recovered: 0,
    seen: {
      worker: [{ value: "gpu-3", failed: 12, of: 88 }],
      hardware: [{ value: "linux-x64-8cpu-cuda", failed: 12, of: 352 }],
      hour: [{ value: "14:00", failed: 12, of: 232 }],
    },
    association: { attribute: "worker", value: "gpu-3", here: { failed: 12, of: 12 }, elsewhere: { failed: 0, of: 340 } },
    sentence,
  });
  expect(analysis.causes[0]?.association?.p).toBeLessThan(1e-5);
  expect(analysis.causes[0]?.examples[0]).toEqual({
    task: "models:tests/test_306.py",
    file: "tests/test_306.py",
    path: ["test_forward"],
    attempt: 1,
    worker: "gpu-3",
  });
  expect(analysis.causes[1]).not.toHaveProperty("sentence");
});

test("Markdown and HTML say it with the cause, once, and with the failures that passed when run again", () => {
  const said = `${sentence.replace("only", "Only")}.`;
  expect(textOf(writeHtml(sickWorkerReport())).split(said)).toHaveLength(2);
  const markdown = (report: Parameters<typeof writeMarkdown>[0]) =>
    writeMarkdown(report).replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
  expect(markdown(sickWorkerReport()).split(said)).toHaveLength(2);
  const again = sickWorkerReport({ again: true });
  const passed = "12 of 12 here, 0 of 340 elsewhere (p < 0.001); run again elsewhere, 12 of 12 passed: likely the machine.";
  for (const text of [textOf(writeHtml(again)), markdown(again)]) {
    expect(text).toContain("Failed, and passed when run again");
    expect(text).toContain(passed);
    expect(text).toContain(
      "12 of 12 tests that ran at 14:02 UTC failed at once on worker gpu-3; 12 passed when run again: likely the machine, not the tests.",
    );
  }
});

test("what the coordinator knows of the runs before is told in words", () => {
  const report = sickWorkerReport();
  const [cause] = analyseFailures(report).causes;
  if (cause === undefined) throw new Error("there is none");
  const history = { first_run: "main-1", first_commit: "0123456789abcdef", first_seen_ms: 5, runs: 3, of: 20 };
  const failures = analyseFailures(report, new Map([[cause.fingerprint, history]]));
  expect(causeWords({ ...cause, sentence: undefined, history })).toEqual([
    "First seen in run main-1 (commit 0123456789ab), in 3 of the last 20 runs.",
  ]);
  expect(textOf(writeHtml({ ...report, failures }))).toContain(
    "First seen in run main-1 (commit 0123456789ab), in 3 of the last 20 runs.",
  );
  const long = { ...history, association: cause.association, sentence: "only here" };
  expect(causeWords({ ...cause, history: long })).toHaveLength(2);
  expect(causeWords({ ...cause, association: undefined, sentence: undefined, history: long }).at(-1)).toBe(
    "Over these runs: only here.",
  );
  expect(causeWords({ ...cause, sentence: undefined, history: { ...history, runs: 1 } })).toEqual([
    "Not seen in the 19 runs before.",
  ]);
  expect(causeWords({ ...cause, sentence: undefined, history: { ...history, runs: 1, of: 1 } })).toEqual([]);
  expect(failures.causes[1]).not.toHaveProperty("history");
});

test("a usual run gives no cause to say anything, and bare results have no workers to blame", () => {
  const usual = failuresOf(sampleReport());
  expect(usual.causes.length).toBeGreaterThan(5);
  expect(usual.causes.flatMap((cause) => cause.sentence ?? [])).toEqual([]);
  const bare = reportFromCases({
    name: "junit",
    files: Array.from({ length: 40 }, (_, number) => ({
      file: `${number}.test.ts`,
      cases: [
        {
          path: ["works"],
          ordinal: 0,
          status: number < 10 ? ("failed" as const) : ("passed" as const),
          duration_ms: 1,
          retries: 0,
        },
      ],
    })),
  });
  expect(analyseFailures(bare).causes.flatMap((cause) => [cause.sentence, cause.seen.worker])).toEqual(
    analyseFailures(bare).causes.flatMap(() => [undefined, undefined]),
  );
});

import { expect, test } from "vitest";
import { writeHtml } from "./html/write-html.ts";
import { writeMarkdown } from "./markdown.ts";
import { sampleReport } from "./sample.test-data.ts";
import type { RunReport } from "./run-report.ts";
import { handledOf, incidentLabel, incidentText, timelineOf, troubleOf, type TimelineSource } from "./timeline.ts";

const attempt = { worker: "one", dealt_ms: 5, started_ms: 10, duration_ms: 90, ended_ms: 100 };

/** A file that failed, took a worker down, was begun twice at once, and passed. */
const source: TimelineSource = {
  run: { duration_ms: 500 },
  isOver: true,
  verdict: "passed",
  reason: "1 discovered = 1 flaky",
  notices: [{ at_ms: 210, code: "worker-lost", message: "one was lost" }],
  incidents: [
    { at_ms: 200, of: "worker", what: "lost", name: "one", reason: "it fell silent" },
    { at_ms: 200, of: "breaker", what: "opened", scope: "worker", name: "one", for_ms: 300_000 },
    { at_ms: 220, of: "coordinator", what: "led", name: "c-2" },
    { at_ms: 450, of: "worker", what: "left", name: "two" },
    { at_ms: 500, of: "run", what: "excused", name: "1" },
  ],
  tasks: [
    {
      file: "a.test.ts",
      attempts: [
        {
          ...attempt,
          attempt: 1,
          status: "failed",
          failure: { kind: "assertion", message: "1 is not 2\n at line 3" },
          recovery: { action: "again", level: 1, charged: "test", wait_ms: 20 },
        },
        {
          ...attempt,
          attempt: 2,
          dealt_ms: 120,
          started_ms: 120,
          ended_ms: 200,
          status: "lost",
          failure: { kind: "infrastructure", message: "it fell silent" },
          recovery: { action: "elsewhere", level: 2, charged: "machine" },
        },
        { ...attempt, attempt: 3, worker: "two", dealt_ms: 230, started_ms: 231, ended_ms: 400, status: "passed" },
        {
          ...attempt,
          attempt: 4,
          worker: "three",
          duplicate: true,
          dealt_ms: 300,
          started_ms: 300,
          ended_ms: 400,
          status: "superseded",
        },
      ],
    },
  ],
};

test("everything is told in its order, the cause before what follows from it", () => {
  expect(timelineOf(source).map(({ at_ms, kind, text }) => `${at_ms} ${kind}: ${text}`)).toMatchInlineSnapshot(`
    [
      "0 submitted: submitted with 1 file",
      "5 dealt: a.test.ts dealt to one",
      "10 begun: a.test.ts begun on one",
      "100 failed: a.test.ts failed on one (assertion): 1 is not 2",
      "100 decided: a.test.ts runs again, after 20 ms (level 1)",
      "120 dealt: a.test.ts (attempt 2) dealt to one",
      "120 begun: a.test.ts (attempt 2) begun on one",
      "200 worker: worker one was lost: it fell silent",
      "200 breaker: worker one is quarantined for at least 5 min 00 s: its circuit breaker opened",
      "200 lost: a.test.ts (attempt 2) was lost on one (infrastructure): it fell silent",
      "200 decided: a.test.ts runs again elsewhere (level 2, at no test's expense)",
      "210 notice: one was lost",
      "220 coordinator: the coordinator c-2 began to lead",
      "230 dealt: a.test.ts (attempt 3) dealt to two",
      "231 begun: a.test.ts (attempt 3) begun on two",
      "300 duplicated: a.test.ts (attempt 4) begun once more, on three, to be done sooner",
      "300 begun: a.test.ts (attempt 4) begun on three",
      "400 passed: a.test.ts (attempt 3) passed on two",
      "400 superseded: a.test.ts (attempt 4) was no longer needed on three",
      "450 worker: worker two left",
      "500 excused: 1 test failed only with the infrastructure, and is not called flaky",
      "500 ended: passed: 1 discovered = 1 flaky",
    ]
  `);
});

test("what went wrong and what was done about it is told without what went well", () => {
  const kinds = troubleOf(timelineOf(source)).map(({ kind }) => kind);
  expect(kinds[0]).toBe("submitted");
  expect(kinds.at(-1)).toBe("ended");
  expect(kinds).toEqual(
    expect.arrayContaining(["failed", "lost", "decided", "breaker", "coordinator", "worker", "excused", "notice"]),
  );
  expect(kinds).not.toEqual(expect.arrayContaining(["passed"]));
  expect(handledOf(timelineOf(source)).map(({ kind }) => kind)).not.toContain("failed");
});

test("a run that goes on has no end yet, and an attempt under way none either", () => {
  const [task] = source.tasks;
  const running = { ...attempt, attempt: 1, status: "running" as const, ended_ms: undefined };
  const events = timelineOf({ ...source, isOver: false, tasks: [{ file: task?.file ?? "", attempts: [running] }] });
  expect(events.filter(({ file }) => file !== undefined).map(({ kind }) => kind)).toEqual(["dealt", "begun"]);
  expect(events.at(-1)?.kind).not.toBe("ended");
});

/** Attempts that are not their task's last were followed by another one, as a coordinator decides it. */
function recovered(report: RunReport): RunReport {
  const tasks = report.tasks.map((task) => ({
    ...task,
    attempts: task.attempts.map((one, index) =>
      index === task.attempts.length - 1
        ? one
        : { ...one, recovery: { action: "elsewhere", level: 2, charged: "machine" } as const },
    ),
  }));
  return { ...report, tasks, incidents: source.incidents };
}

test("the reports tell what was done, and nothing of it where nothing was", () => {
  const report = recovered(sampleReport());
  const [html, markdown] = [writeHtml(report), writeMarkdown(report)];
  for (const text of [html, markdown]) {
    expect(text).toContain("What was done about what went wrong");
    expect(text).toContain("one is quarantined for at least 5 min 00 s");
    expect(text).toContain("runs again elsewhere");
  }
  const good = sampleReport({ faults: false });
  expect(writeHtml(good)).not.toContain('id="recovery"');
  expect(writeMarkdown(good)).not.toContain("What was done");
});

test("the picture without a script has a lane a slot, marks what was done, and stays small for ten thousand files", () => {
  const pictureOf = (html: string) => /<svg class="lanes".*?<\/svg>/s.exec(html)?.[0] ?? "";
  const few = sampleReport({ files: 40, workers: 3, slots_per_worker: 2 });
  const attempts = few.tasks.reduce((sum, task) => sum + task.attempts.length, 0);
  const small = pictureOf(writeHtml(recovered(few)));
  expect(small.match(/<rect /g)?.length).toBe(attempts);
  expect(small).toContain("mark-decided");
  expect(small).toContain("mark-coordinator");
  const many = pictureOf(writeHtml(sampleReport({ files: 10_000, cases_per_file: 1, workers: 30, slots_per_worker: 4 })));
  expect(many.match(/<rect /g)?.length).toBeLessThanOrEqual(8000);
  expect(many.length).toBeLessThan(1_500_000);
  expect(many).toContain("attempts</title>");
});

test("who led before, and what became of it, is said in a sentence and in a few words", () => {
  const led = { of: "coordinator", what: "led", name: "south.0000000b" } as const;
  const after = { ...led, after: "north.0000000a" };
  expect(incidentText(led)).toBe("the coordinator south.0000000b began to lead");
  expect(incidentText({ ...after, because: "process-gone" })).toBe(
    "the coordinator south.0000000b began to lead, after north.0000000a, which was gone",
  );
  expect(
    [led, { ...after, because: "process-gone" } as const, { ...after, because: "handover" } as const].map(incidentLabel),
  ).toEqual(["south leads", "north gone, south leads", "north handed over, south leads"]);
  expect(incidentLabel({ of: "worker", what: "lost", name: "gpu-3" })).toBe("gpu-3 lost");
  expect(incidentLabel({ of: "breaker", what: "opened", name: "gpu-3", scope: "worker" })).toBe("gpu-3 quarantined");
});

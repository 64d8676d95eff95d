import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runReportSchema, type RunReport } from "@shardwright/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { writeChaosSuite, type ChaosSuite } from "../../chaos/suite.ts";
import { violationsOf } from "../../chaos/verify.ts";
import { startFleet, type Fleet } from "../../cli/fleet.ts";
import { until } from "../../processes.ts";
import { commandHere, startBuild, type BuildSetup, type EndedBuild, type RunningBuild } from "./build.ts";
import { compileHarness, groovyLacks } from "./groovy.ts";

const seed = 5;
const jobs = 4;
/** A Java and six Nodes start at once: on a busy machine that takes its time. */
const longWait_ms = 120_000;
const testLimit_ms = 300_000;
let harness: ReturnType<typeof compileHarness>;
let root: string;
let suite: ChaosSuite;

describe.skipIf(groovyLacks !== undefined)(
  `the step shardwrightMatrix${groovyLacks === undefined ? "" : ` (${groovyLacks})`}`,
  () => {
    beforeAll(() => {
      harness = compileHarness();
    }, 300_000);
    afterAll(() => harness.remove());
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), "jenkins-matrix-"));
      suite = writeChaosSuite(join(root, "suite"), seed, { files: 20 });
    });
    afterEach(() => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

    async function fleetWithToken(): Promise<{ fleet: Fleet; secret: string }> {
      const fleet = await startFleet();
      onTestFinished(fleet.end);
      return { fleet, secret: await fleet.token("job") };
    }

    function start(address: string, secret: string, more = "", setup: Partial<BuildSetup> = {}): RunningBuild {
      const parameters = `program: '${commandHere}', jobs: ${jobs}, label: 'linux', coordinator: '${address}', credentialsId: 'coordinator', slots: 1, maxRetries: 0, timeout: 80`;
      const started = startBuild({
        classes: harness.classes,
        checkout: suite.directory,
        credentials: { coordinator: secret },
        agents: Array.from({ length: jobs + 1 }, (_, index) => ({ name: `agent-${index + 1}`, labels: ["linux"] })),
        pipeline: `
        pipeline {
          agent none
          stages {
            stage('Test') {
              steps {
                shardwrightMatrix(${parameters}${more}) {
                  checkout scm
                  sh 'echo ready'
                }
              }
            }
          }
        }`,
        ...setup,
      });
      onTestFinished(started.end);
      return started;
    }

    async function firstResult(fleet: Fleet): Promise<void> {
      await until(
        "the first result",
        async () => {
          const { runs } = (await fleet.call("GET", "runs")) as { runs: { cases: number }[] };
          return (runs[0]?.cases ?? 0) > 0;
        },
        longWait_ms,
      );
    }

    const stepsOf = ({ calls }: EndedBuild, name: string) => calls.filter((call) => call.step === name);
    const statuses = (ended: EndedBuild) =>
      stepsOf(ended, "ended")
        .filter(({ index }) => index !== null)
        .map(({ status }) => status as number);
    function reportsOf(ended: EndedBuild): RunReport[] {
      return readdirSync(ended.root)
        .filter((name) => /^workspace-\d+$/.test(name))
        .map((name) => join(ended.root, name, "shardwright-report", "report.json"))
        .flatMap((path) => {
          try {
            return runReportSchema.parse(JSON.parse(readFileSync(path, "utf8")));
          } catch {
            return [];
          }
        });
    }
    const cases = () => [...suite.cases.values()].flat().length;
    /** Each report is the whole and right one, and the build says what it says. */
    function judge(ended: EndedBuild): string[] {
      const code = suite.failing.size > 0 ? 1 : 0;
      return reportsOf(ended).flatMap((report) => violationsOf(report, suite, code));
    }

    test(
      "four jobs are one run: one verdict, shown once, and the token is nowhere but in the environment of the command",
      async () => {
        const { fleet, secret } = await fleetWithToken();
        const ended = await start(fleet.address, secret, ", onFailure: 'UNSTABLE'").ended;
        expect(suite.failing.size).toBeGreaterThan(0);
        expect(ended.result, ended.log).toBe("UNSTABLE");
        expect(statuses(ended)).toEqual([1, 1, 1, 1]);
        expect(reportsOf(ended)).toHaveLength(jobs);
        expect(judge(ended)).toEqual([]);
        expect(new Set(reportsOf(ended).map(({ run }) => run.id)).size).toBe(1);
        expect(stepsOf(ended, "junit results")).toMatchObject([{ totalCount: cases() }]);
        expect(stepsOf(ended, "publishChecks")).toMatchObject([{ conclusion: "FAILURE" }]);
        const holders = ended.calls.filter(({ secrets }) => secrets !== undefined && secrets.length > 0);
        expect(holders.map(({ step, secrets }) => [step, secrets])).toEqual(
          Array.from({ length: jobs }, () => ["sh", ["SHARDWRIGHT_API_KEY"]]),
        );
        expect(JSON.stringify(ended.calls) + ended.log).not.toContain(secret);
      },
      testLimit_ms,
    );

    test(
      "a job whose process is killed costs nothing: the others take over, and the build says so",
      async () => {
        const { fleet, secret } = await fleetWithToken();
        const running = start(fleet.address, secret, ", onFailure: 'UNSTABLE'");
        await firstResult(fleet);
        running.interrupt("kill 2");
        const ended = await running.ended;
        expect(ended.result, ended.log).toBe("UNSTABLE");
        expect(statuses(ended).toSorted((a, b) => a - b)).toEqual([1, 1, 1, 137]);
        expect(ended.log).toContain("job 3 of 4 ended without a verdict (exit code 137)");
        expect(judge(ended)).toEqual([]);
        expect(stepsOf(ended, "junit results")).toMatchObject([{ totalCount: cases() }]);
      },
      testLimit_ms,
    );

    test(
      "a job whose agent is lost begins again on another one, and takes the run up",
      async () => {
        const { fleet, secret } = await fleetWithToken();
        const running = start(fleet.address, secret, ", onFailure: 'UNSTABLE'");
        await firstResult(fleet);
        running.interrupt("lose 1");
        const ended = await running.ended;
        expect(ended.log).toContain("Retrying");
        expect(ended.result, ended.log).toBe("UNSTABLE");
        expect(stepsOf(ended, "node")).toHaveLength(jobs + 1);
        expect(judge(ended)).toEqual([]);
      },
      testLimit_ms,
    );

    test(
      "a build that is aborted ends its jobs in order; one that is started again with its key takes the run up",
      async () => {
        const { fleet, secret } = await fleetWithToken();
        const running = start(fleet.address, secret, ", runKey: 'of the commit', onFailure: 'UNSTABLE'");
        await firstResult(fleet);
        running.interrupt("abort");
        const aborted = await running.ended;
        expect(aborted.result, aborted.log).toBe("ABORTED");
        // None was killed: each had the time to hand back what it had.
        expect(statuses(aborted).every((status) => status >= 0 && status < 5)).toBe(true);
        const again = await start(fleet.address, secret, ", runKey: 'of the commit', onFailure: 'UNSTABLE'").ended;
        expect(again.result, again.log).toBe("UNSTABLE");
        expect(judge(again)).toEqual([]);
        const { runs } = (await fleet.call("GET", "runs")) as { runs: unknown[] };
        expect(runs).toHaveLength(1);
      },
      testLimit_ms,
    );

    test(
      "without the coordinator each job runs its share, says so, and together they are the whole",
      async () => {
        const ended = await start("http://127.0.0.1:9", "swt_none", ", fallbackAfter: 0.5, onFailure: 'UNSTABLE'").ended;
        expect(ended.result, ended.log).toBe("UNSTABLE");
        expect(ended.log).toContain("could not reach the coordinator and ran their own shares");
        const shares = reportsOf(ended);
        expect(new Set(shares.map(({ run }) => run.share?.index))).toEqual(new Set([0, 1, 2, 3]));
        const files = shares.flatMap(({ tasks }) => tasks.map(({ file }) => file));
        expect(files.toSorted()).toEqual([...suite.cases.keys()].toSorted());
        // Each shows its own share.
        const shown = stepsOf(ended, "junit results").map(({ totalCount }) => totalCount as number);
        expect(shown.reduce((sum, count) => sum + count, 0)).toBe(cases());
        expect(ended.log).toContain(`Shardwright: failed, ${suite.files} discovered, ${suite.files - suite.failing.size} passed`);
      },
      testLimit_ms,
    );

    test(
      "a share that is lost leaves the whole incomplete",
      async () => {
        // The first job's share never ends by itself: the kill cannot come too late.
        const held = join(root, "held");
        const hold = `if (process.env.SHARDWRIGHT_INDEX === "0") { fs.writeFileSync(${JSON.stringify(held)}, ""); await wait(600_000); }`;
        suite = writeChaosSuite(join(root, "suite"), seed, { files: 20, before: () => hold });
        const running = start("http://127.0.0.1:9", "swt_none", ", fallbackAfter: 0.5, onFailure: 'NONE', agentRetries: 0");
        await until("the share that is lost", () => Promise.resolve(existsSync(held)), longWait_ms);
        running.interrupt("kill 0");
        const ended = await running.ended;
        expect(statuses(ended).filter((status) => status === 137)).toHaveLength(1);
        expect(ended.log).toContain("Shardwright: incomplete");
        expect(ended.result, ended.log).toBe("FAILURE");
      },
      testLimit_ms,
    );
  },
);

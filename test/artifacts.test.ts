import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testOf, useSuite } from "./cli/suite.ts";
import { runToEnd } from "./processes.ts";

const { folder, write, run, report } = useSuite();
const files = 'import fs from "node:fs"; const own = process.env.SHARDWRIGHT_ARTIFACTS_DIR;';
const inReport = (...parts: string[]) => join(folder(), "shardwright-report", ...parts);
const kept = (file: string) =>
  report()
    .tasks.find((task) => task.file === file)
    ?.attempts.map(({ artifacts }) => artifacts?.map(({ name, bytes, path }) => ({ name, bytes, path })));

test("a run keeps what its tests leave behind, and puts what failed beside its reports", async () => {
  write("test-results/old.txt", "there before");
  write(
    "bad.test.js",
    testOf(
      `fs.writeFileSync("test-results/shot 1.png", "picture of " + own.length);
      fs.writeFileSync(own + "/trace.log", "with " + process.env.DEPLOY_TOKEN);
      fs.writeFileSync(own + "/<script>&)](x.txt", "");
      fs.symlinkSync("/etc/hostname", "test-results/link");
      throw new Error("no");`,
      files,
    ),
  );
  write("good.test.js", testOf('fs.writeFileSync(own + "/seen.txt", "good");', files));
  const flags = ["--max-retries", "1", "--workers", "1", "--artifacts", "test-results/**", "*.none"];
  const environment = { DEPLOY_TOKEN: "swordfish-1234", CI_PROJECT_DIR: folder(), GITLAB_CI: "true" };
  const first = await runToEnd(["run", ...flags], { cwd: folder(), environment });
  expect(first.code).toBe(1);
  expect(first.output).toContain("7 artifacts, 6 of them beside the reports");
  expect(first.output).toContain("test-results/link was left out: it is a link that leaves the workspace");

  const place = (attempt: number, name: string) => `artifacts/node-test_bad.test.js/${attempt}/${name}`;
  const attempt = (number: number) => [
    { name: "<script>&)](x.txt", bytes: 0, path: place(number, "_script_&)_(x.txt") },
    { name: "trace.log", bytes: 8, path: place(number, "trace.log") },
    { name: "test-results/shot 1.png", bytes: expect.any(Number), path: place(number, "test-results/shot 1.png") },
  ];
  expect(kept("bad.test.js")).toEqual([attempt(1), attempt(2)]);
  expect(kept("good.test.js")).toEqual([[{ name: "seen.txt", bytes: 4, path: undefined }]]);
  expect(readFileSync(inReport(place(1, "trace.log")), "utf8")).toBe("with ***");
  expect(readFileSync(inReport(place(2, "test-results/shot 1.png")), "utf8")).toMatch(/^picture of \d+$/);

  // GitLab reads paths relative to the project, and the first picture of the latest attempt tells most.
  const attached = /<system-out>\[\[ATTACHMENT\|(.*)\]\]\n/.exec(readFileSync(inReport("junit.xml"), "utf8"))?.[1];
  expect(attached).toBe(`shardwright-report/${place(2, "test-results/shot 1.png")}`);
  const href = "artifacts/node-test%5fbad.test.js/2/%5fscript%5f%26%29%5f%28x.txt";
  expect(readFileSync(inReport("report.md"), "utf8")).toContain(`](${href})`);
  expect(readFileSync(inReport("report.html"), "utf8")).toContain(JSON.stringify(href));
  expect(statSync(inReport(decodeURIComponent(href))).isFile()).toBe(true);

  const jenkins = { JENKINS_URL: "http://ci", BUILD_ID: "1" };
  await runToEnd(["run", ...flags, "--max-retries", "0", "--artifact-downloads", "all"], { cwd: folder(), environment: jenkins });
  expect(readFileSync(inReport("junit.xml"), "utf8")).toContain(
    `[[ATTACHMENT|${inReport("artifacts", "node-test_good.test.js")}`,
  );
  expect(existsSync(inReport(place(2, "trace.log")))).toBe(false);
});

test("limits are said, and cost no test; a folder that is somebody else's is left alone", async () => {
  write("shardwright-report/artifacts/mine.txt", "mine");
  write(
    "shardwright.config.json",
    JSON.stringify({
      artifactCount: 2,
      artifactSize: 0.001,
      artifactDownloads: "all",
      suites: [{ name: "unit", runner: "node-test", directory: ".", artifacts: ["out/*"] }],
    }),
  );
  write(
    "a.test.js",
    testOf(
      'fs.mkdirSync("out"); for (const name of ["1", "2", "3"]) fs.writeFileSync("out/" + name, name); fs.writeFileSync("out/big", "x".repeat(5000));',
      files,
    ),
  );
  const { code, output } = await run();
  expect(code).toBe(0);
  expect(output).toContain("a.test.js: 1 artifact left out: --artifact-count allows 2 an attempt");
  expect(output).toContain("out/big was left out: it is larger than --artifact-size allows (1048)");
  const [paths] = kept("a.test.js") ?? [];
  expect(paths?.map(({ path }) => path)).toEqual([
    expect.stringMatching(/^artifacts-r-\w+\/unit_a\.test\.js\/1\/out\/1$/),
    expect.anything(),
  ]);
  expect(readFileSync(inReport("artifacts/mine.txt"), "utf8")).toBe("mine");
  expect((await run("--artifacts", "../**")).output).toContain("--artifacts: use a glob relative to the suite's directory");
});

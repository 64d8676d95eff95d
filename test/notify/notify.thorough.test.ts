import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "../cli/fleet.ts";
import { testOf, useSuite } from "../cli/suite.ts";
import { runToEnd } from "../processes.ts";

const { folder, write } = useSuite();

interface Told {
  readonly change: string;
  readonly verdict: string;
  readonly failing: readonly { readonly file: string; readonly is_new: boolean }[];
}

async function listen() {
  const told: Told[] = [];
  const listener = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      told.push(JSON.parse(text) as Told);
      response.end();
    });
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void listener.close());
  await once(listener, "listening");
  return { told, target: `webhook:http://127.0.0.1:${(listener.address() as AddressInfo).port}/hook-s3cret` };
}

const bad = testOf('throw new Error("no");');
const good = testOf("");

/** Whether the tests of a and b are good, and what is told of it then. */
const history = [
  { a: true, b: true, told: undefined },
  { a: false, b: true, told: { change: "broke", verdict: "failed" } },
  { a: false, b: true, told: undefined },
  { a: false, b: false, told: { change: "more", verdict: "failed" } },
  { a: true, b: false, told: undefined },
  { a: true, b: true, told: { change: "fixed", verdict: "passed" } },
  { a: true, b: true, told: undefined },
];

test("alone, by what the last run left behind", async () => {
  const { told, target } = await listen();
  for (const { a, b, told: expected } of history) {
    write("a.test.js", a ? good : bad);
    write("b.test.js", b ? good : bad);
    told.length = 0;
    const { code, output } = await runToEnd(["run", "--workers", "2", "--max-retries", "0"], {
      cwd: folder(),
      environment: { SHARDWRIGHT_NOTIFY: target },
    });
    expect(code).toBe(a && b ? 0 : 1);
    expect(output).not.toContain("s3cret");
    expect(told).toMatchObject(expected === undefined ? [] : [expected]);
    if (expected?.change === "more") {
      expect(told[0]?.failing.map(({ file, is_new }) => [file, is_new])).toEqual([
        ["b.test.js", true],
        ["a.test.js", false],
      ]);
    }
  }
});

test("on a fleet, by the last run of the branch, and by one of the jobs", async () => {
  const { told, target } = await listen();
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const pipeline = async (key: string, branch: string) => {
    const job = (index: number) =>
      fleet.toEnd(
        ["worker", "--run-key", key, "--index", String(index), "--total", "2", "--slots", "1", "--max-retries", "0"].concat([
          "--output-dir",
          `out-${index}`,
        ]),
        {
          cwd: folder(),
          environment: {
            SHARDWRIGHT_NOTIFY: target,
            GITLAB_CI: "true",
            CI_COMMIT_SHA: "a".repeat(40),
            CI_COMMIT_REF_NAME: branch,
            CI_PROJECT_PATH: "acme/shop",
          },
        },
      );
    told.length = 0;
    return (await Promise.all([job(0), job(1)])).map(({ code }) => code);
  };
  for (const [place, { a, b, told: expected }] of history.entries()) {
    write("a.test.js", a ? good : bad);
    write("b.test.js", b ? good : bad);
    const code = a && b ? 0 : 1;
    expect(await pipeline(`p-${place}`, "main")).toEqual([code, code]);
    expect(told).toMatchObject(expected === undefined ? [] : [expected]);
    if (place !== 1) continue;
    // Of another branch nothing is known.
    expect(await pipeline("other", "feature")).toEqual([1, 1]);
    expect(told).toMatchObject([{ change: "red" }]);
  }
  // What had not passed runs again: the same run was red, and is green now. What it depends on is no test file.
  write("a.test.js", testOf('if (!existsSync("mended")) throw new Error("no");', 'import { existsSync } from "node:fs";'));
  expect(await pipeline("again", "main")).toEqual([1, 1]);
  expect(told).toMatchObject([{ change: "broke" }]);
  write("mended", "");
  expect(await pipeline("again", "main")).toEqual([0, 0]);
  expect(told).toMatchObject([{ change: "fixed" }]);
});

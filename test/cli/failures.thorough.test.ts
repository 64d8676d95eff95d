import { failureListSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "./fleet.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, report } = useSuite();

/** A machine whose device answers nobody, as its tests see it. */
const sick = { SHOP_DEVICE: "silent" };
const files = 24;

test("a worker whose machine is broken is named, by a real fleet, in the terminal and the reports", async () => {
  const condition = 'process.env.SHOP_DEVICE === "silent"';
  write(
    "device.mjs",
    `export const save = (id) => { if (${condition}) throw new Error(\`connect ECONNREFUSED to the device of model \${id}\`); };\n`,
  );
  for (let index = 0; index < files; index += 1)
    write(
      `models/m${index}.test.js`,
      testOf(
        `await new Promise((resolve) => setTimeout(resolve, 60));\nsave(${index * 7});`,
        'import { save } from "../device.mjs";',
      ),
    );
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  await Promise.all([fleet.worker("gpu-1"), fleet.worker("gpu-2"), fleet.worker("gpu-3", { environment: sick })]);
  const { output } = await fleet.toEnd(["run", "--max-retries", "0", "--run-key", "main-1"], {
    cwd: folder(),
    environment: { JENKINS_URL: "http://127.0.0.1:9/", BUILD_ID: "1", GIT_COMMIT: "1".repeat(40) },
  });
  const [cause] = report().failures?.causes ?? [];
  expect(cause, output).toMatchObject({
    title: expect.stringMatching(/^connect ECONNREFUSED to the device of model \d+$/) as string,
    message: "connect ECONNREFUSED to the device of model <n>",
    frame: "device.mjs:1",
    association: { attribute: "worker", value: "gpu-3", elsewhere: { failed: 0 } },
  });
  const { here } = cause?.association ?? {};
  expect(here?.failed).toBe(here?.of);
  expect(report().account).toMatchObject({ failed: here?.failed, passed: files - (here?.failed ?? 0) });
  expect(output).toMatch(/Only on worker gpu-3.*: (\d+) of \1 here, 0 of \d+ elsewhere \(p < 0\.001\): likely the machine\./);
  expect(report().failures?.mass).toMatchObject([{ scope: "worker", workers: ["gpu-3"], tasks: here?.failed }]);
  expect(output).toMatch(/at once \d+ of \d+ tests that ran .* failed at once on worker gpu-3: likely the machine\n/);

  expect(cause?.history).toMatchObject({ first_run: "main-1", first_commit: "1".repeat(40), runs: 1, of: 1 });
  const list = failureListSchema.parse(await fleet.call("GET", "failures?limit=10"));
  const shown = { run: report().run.id, run_key: "main-1", commit: "1".repeat(40) };
  expect(list).toMatchObject({
    of_runs: 1,
    failures: [{ fingerprint: cause?.fingerprint, first: shown, last: shown, runs: 1, cases: here?.failed }],
  });
  expect((await fleet.toEnd(["runs", "failures"])).output).toMatch(
    /^connect ECONNREFUSED to the device of model \d+ \(failed at device\.mjs:1\)\n {2}\d+ times in 1 of the last 1 run; in main-1 \(commit 1{12}\) on .* UTC\n$/,
  );
  expect(await fleet.toEnd(["runs", "failures", "--limit", "0"])).toMatchObject({ code: 2 });
});

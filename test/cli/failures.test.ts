import { failureListSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "./fleet.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, report } = useSuite();

/** A machine whose disk is full, as its tests see it. */
const sick = { SHOP_DISK: "full" };
const files = 24;

test("a worker whose machine is broken is named, by a real fleet, in the terminal and the reports", async () => {
  const condition = 'process.env.SHOP_DISK === "full"';
  write(
    "device.mjs",
    `export const save = (id) => { if (${condition}) throw new Error(\`no space left on device for model \${id}\`); };\n`,
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
  const run = (number: number) =>
    fleet.toEnd(["run", "--max-retries", "0", "--run-key", `main-${number}`], {
      cwd: folder(),
      environment: { JENKINS_URL: "http://127.0.0.1:9/", BUILD_ID: `${number}`, GIT_COMMIT: `${number}`.repeat(40) },
    });
  const { output } = await run(1);
  const [cause] = report().failures?.causes ?? [];
  expect(cause, output).toMatchObject({
    title: expect.stringMatching(/^no space left on device for model \d+$/) as string,
    message: "no space left on device for model <n>",
    frame: "device.mjs:1",
    association: { attribute: "worker", value: "gpu-3", elsewhere: { failed: 0 } },
  });
  const { here } = cause?.association ?? {};
  expect(here?.failed).toBe(here?.of);
  expect(report().account).toMatchObject({ failed: here?.failed, passed: files - (here?.failed ?? 0) });
  expect(output).toMatch(/Only on worker gpu-3.*: (\d+) of \1 here, 0 of \d+ elsewhere \(p < 0\.001\): likely the machine\./);
  expect(report().failures?.mass).toMatchObject([{ scope: "worker", workers: ["gpu-3"], tasks: here?.failed }]);
  expect(output).toMatch(/at once \d+ of \d+ tests that ran .* failed at once on worker gpu-3: likely the machine\n/);

  await run(2);
  const [seen] = report().failures?.causes ?? [];
  expect(seen).toMatchObject({
    fingerprint: cause?.fingerprint,
    history: { first_run: "main-1", first_commit: "1".repeat(40), runs: 2, of: 2 },
  });
  const { failures, of_runs } = failureListSchema.parse(await fleet.call("GET", "failures?limit=10"));
  expect(of_runs).toBe(2);
  expect(failures).toMatchObject([
    {
      fingerprint: cause?.fingerprint,
      first: { run_key: "main-1", commit: "1".repeat(40) },
      last: { run_key: "main-2", commit: "2".repeat(40) },
      runs: 2,
      association: { attribute: "worker", value: "gpu-3", elsewhere: { failed: 0 } },
    },
  ]);
});

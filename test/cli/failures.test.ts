import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "./fleet.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, report } = useSuite();

/** A machine whose disk is full, as its tests see it. */
const sick = { SHOP_DISK: "full" };
const files = 30;

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
  const { output } = await fleet.toEnd(["run", "--max-retries", "0"], { cwd: folder() });
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
});

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { demandSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../processes.ts";
import { startFleet } from "./fleet.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, report } = useSuite();

test.skipIf(process.platform === "win32")(
  "a machine that is taken away loses no test and costs no retry: what cannot end in time is handed back",
  async () => {
    const body = `const { existsSync, writeFileSync } = await import("node:fs");
  writeFileSync("began", "");
  while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 20));`;
    write("long.test.js", testOf(body));
    for (const name of ["a", "b", "c"]) write(`${name}.test.js`, testOf(""));
    const fleet = await startFleet();
    onTestFinished(fleet.end);
    const demand = async () => demandSchema.parse(await fleet.call("GET", "demand"));
    const running = fleet.launch(["run", "--max-retries", "0", "--no-speculation"], { cwd: folder() });
    await until("the queue", async () => (await demand()).waiting_tasks === 4);
    expect(await demand()).toMatchObject({ workers: 0, wanted_workers: 1, target_workers: 1 });
    const first = await fleet.worker("first", { args: ["--drain-timeout", "0.2"] });
    await until("the long test", async () => existsSync(join(folder(), "began")));
    first.child.kill("SIGTERM");
    expect(await first.exited).toBe(0);
    expect(await demand()).toMatchObject({ workers: 0, target_workers: 1 });
    writeFileSync(join(folder(), "go"), "");
    const second = await fleet.worker("second", { args: ["--idle-timeout", "1"] });
    expect(await running.exited).toBe(0);
    expect(report()).toMatchObject({ verdict: "passed", account: { discovered: 4, passed: 4, flaky: 0 } });
    // It goes by itself: nothing is left to do.
    expect(await second.exited).toBe(0);
    expect(await demand()).toMatchObject({ workers: 0, waiting_tasks: 0, target_workers: 0 });
  },
);

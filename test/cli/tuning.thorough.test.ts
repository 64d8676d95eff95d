import { tuningListSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "./fleet.ts";

test("tuning is shown, pinned and reset by the admin; pins are there after kill -9, and bad input changes nothing", async () => {
  const fleet = await startFleet({ args: ["--self-tuning", "on"] });
  onTestFinished(fleet.end);
  const listed = async () => {
    const { code, output } = await fleet.toEnd(["tuning", "show", "--json"]);
    expect(code).toBe(0);
    const { mode, parameters } = tuningListSchema.parse(JSON.parse(output));
    return { mode, of: (name: string) => parameters.find(({ parameter }) => parameter === name) };
  };
  const first = await listed();
  expect(first.mode).toBe("on");
  expect(first.of("batch-length")).toMatchObject({ value: 2, default: 2, low: 0.25, high: 16, pinned: false });
  expect(first.of("batch-length")?.last).toBeUndefined();

  expect(await fleet.toEnd(["tuning", "pin", "batch-length", "4"])).toEqual({ code: 0, output: "batch-length is pinned.\n" });
  expect(await fleet.toEnd(["tuning", "pin", "concurrency"])).toMatchObject({ code: 0 });
  const refused = async (...args: string[]) => {
    const { code, output } = await fleet.toEnd(["tuning", ...args]);
    expect(code).toBe(2);
    return output;
  };
  expect(await refused("pin", "batch-length", "17")).toContain("batch-length is between 0.25 and 16 seconds, not 17");
  expect(await refused("pin", "batch-length", "long")).toContain("long is no number.");
  expect(await refused("pin", "batch-size", "4")).toContain("there is no such parameter: batch-length, lease-time");
  expect(await refused("reset", "batch-size")).toContain("there is no such parameter");
  const key = await fleet.token("submit");
  expect(await fleet.toEnd(["tuning", "show"], { key })).toMatchObject({ code: 2 });
  expect(await fleet.toEnd(["tuning", "reset"], { key })).toMatchObject({ code: 2 });

  fleet.coordinator.child.kill("SIGKILL");
  await fleet.coordinator.exited;
  await fleet.startAgain();
  const again = await listed();
  expect(again.of("batch-length")).toMatchObject({ value: 4, pinned: true, last: { phase: "pinned", from: 2, to: 4 } });
  expect(again.of("concurrency")).toMatchObject({ value: 1, pinned: true });
  const { output } = await fleet.toEnd(["tuning", "show"]);
  expect(output).toMatch(/^batch-length {2}4 s \(pinned; from 0.25 s to 16 s\)$/m);
  expect(output).toMatch(/^concurrency {2}100 % \(pinned; from 25 % to 100 %\)$/m);

  expect(await fleet.toEnd(["tuning", "reset", "batch-length"])).toMatchObject({ code: 0 });
  const last = await listed();
  expect(last.of("batch-length")).toMatchObject({ value: 2, pinned: false, last: { phase: "reset", from: 4, to: 2 } });
  expect(last.of("concurrency")).toMatchObject({ pinned: true });
  const token = await fleet.token("read");
  const metrics = await (await fetch(`${fleet.address}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
  expect(metrics).toContain('shardwright_tuning_value{parameter="batch-length"} 2');
  expect(metrics).toContain('shardwright_tuning_changes_total{parameter="batch-length",phase="reset"} 1');

  expect(await fleet.toEnd(["cluster", "config", "set", "self-tuning", "off"])).toMatchObject({ code: 0 });
  expect((await listed()).mode).toBe("off");
  expect((await fleet.toEnd(["cluster", "config", "set", "self-tuning", "maybe"])).code).toBe(2);
});

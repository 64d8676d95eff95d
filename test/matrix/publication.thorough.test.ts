import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "../cli/fleet.ts";
import { testOf, useSuite } from "../cli/suite.ts";

const { folder, write } = useSuite();

test("of the jobs of a pipeline one tells that the run was not green; when it is run again, so is its end", async () => {
  const told: string[] = [];
  const listener = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      told.push((JSON.parse(text) as { verdict: string }).verdict);
      response.end();
    });
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void listener.close());
  await once(listener, "listening");
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  write("a.test.js", testOf('throw new Error("no");'));
  write("b.test.js", testOf(""));
  const { port } = listener.address() as AddressInfo;
  const job = (index: number) =>
    fleet.toEnd(
      [
        "worker",
        "--run-key",
        "pipeline",
        "--index",
        String(index),
        "--total",
        "3",
        "--slots",
        "1",
        "--max-retries",
        "0",
        "--notify-on-failure",
        `http://127.0.0.1:${port}/`,
        "--output-dir",
        `out-${index}`,
      ],
      { cwd: folder() },
    );
  const codes = async (indexes: readonly number[]) => (await Promise.all(indexes.map(job))).map(({ code }) => code);
  expect(await codes([0, 1])).toEqual([1, 1]);
  expect(told).toEqual(["failed"]);
  // It comes after all is over and told.
  expect(await codes([2])).toEqual([1]);
  expect(told).toEqual(["failed"]);
  expect(await codes([0, 1])).toEqual([1, 1]);
  expect(told).toEqual(["failed", "failed"]);
});

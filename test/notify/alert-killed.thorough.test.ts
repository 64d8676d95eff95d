import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../../packages/client/src/index.ts";
import type { TrendAlert } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { seededNormal } from "../../server/src/testing/noise.ts";
import { freePort, start, until } from "../processes.ts";

interface Delivery {
  readonly id: string | undefined;
  readonly body: { readonly change: string; readonly alert: TrendAlert };
}

/** A receiver that does something with what it was told before it answers. */
async function listen(onDelivery: (count: number) => void) {
  const deliveries: Delivery[] = [];
  const listener = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const id = request.headers["x-shardwright-delivery"];
      deliveries.push({ id: typeof id === "string" ? id : undefined, body: JSON.parse(text) as Delivery["body"] });
      onDelivery(deliveries.length);
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  onTestFinished(() => void listener.close());
  return { deliveries, target: `webhook:http://127.0.0.1:${(listener.address() as AddressInfo).port}/` };
}

const hour_ms = 3_600_000;
const commits = 40;
const slower = 30;

/** A series that becomes slower at one of its commits, and an even one. */
function measurements() {
  const normal = seededNormal(7);
  const begin_ms = Date.now() - (commits + 1) * hour_ms;
  const names = ["even", "slow"];
  return {
    upload: "upload-one",
    part: 0,
    last: true,
    sources: Array.from({ length: commits }, (_, at) => ({
      at_ms: begin_ms + at * hour_ms,
      hardware_class: "linux-x64-2cpu",
      commit: `c${at}`,
      branch: "main",
    })),
    points: Array.from({ length: commits }, (_, source) =>
      names.map((name) => ({
        source,
        test: "bench:sort",
        case: name,
        name: "latency",
        unit: "ms",
        better: "lower" as const,
        value: (name === "slow" && source >= slower ? 130 : 100) + normal(),
      })),
    ).flat(),
  };
}

test("an alert told by a coordinator that is killed before that is recorded is told again, under the same id, and then no more", async () => {
  const state = mkdtempSync(join(tmpdir(), "alert-killed-"));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const [port, apiKey] = [await freePort(), randomBytes(32).toString("hex")];
  const begin = () =>
    start(["coordinator", "--port", String(port), "--state-dir", state, "--notify", receiver.target], {
      cwd: state,
      environment: { SHARDWRIGHT_ADMIN_TOKEN: apiKey },
    });
  // The first is killed while it waits for the answer: the receiver has it, and nothing says so.
  const receiver = await listen((count) => void (count === 1 && coordinator.child.kill("SIGKILL")));
  let coordinator = begin();
  onTestFinished(() => void coordinator.child.kill("SIGKILL"));
  const client = createClient({ addresses: [`http://127.0.0.1:${port}`], apiKey, failover: { timeout_ms: 60_000 } });
  onTestFinished(() => client.close());
  await client.reportMetrics(measurements());
  expect(await coordinator.exited).toBe("SIGKILL");
  expect(receiver.deliveries).toHaveLength(1);

  coordinator = begin();
  await until("it is told again", async () => receiver.deliveries.length >= 2, 60_000);
  const [first, second] = receiver.deliveries;
  expect(first?.body).toMatchObject({ change: "broke", alert: { state: "open", commits: [`c${slower}`] } });
  expect(second?.body.alert.id).toBe(first?.body.alert.id);
  expect(first?.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(second?.id).toBe(first?.id);

  // That it was told is recorded now: ended in order and started once more, it says nothing again.
  coordinator.child.kill("SIGTERM");
  await coordinator.exited;
  coordinator = begin();
  await until("it answers", async () => (await client.listAlerts({})).alerts.length === 1, 60_000);
  // It would tell two seconds after its start.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect(receiver.deliveries).toHaveLength(2);
});

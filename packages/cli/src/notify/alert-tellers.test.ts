import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { openAlert as alert } from "../trends/alert.test-data.ts";
import { alertNotification, alertTellers } from "./alert-tellers.ts";
import { slackMessage } from "./slack.ts";
import { teamsMessage } from "./teams.ts";

test("an alert is told in the messages of a run: what it is, and its series", () => {
  const opened = alertNotification(alert, "opening");
  expect(opened).toMatchObject({
    title: "shop: a-0123456789abcdef open: regression of 3 series by c40 on main",
    change: "broke",
    unnamed: 2,
    report: { verdict: "failed" },
  });
  for (const message of [slackMessage(opened), teamsMessage(opened)])
    expect(JSON.stringify(message)).toMatch(/\+30 %.*and 2 more/);
  const over = alertNotification({ ...alert, state: "fixed" }, "recovery");
  expect(over).toMatchObject({ change: "fixed", failing: [], unnamed: 0, report: { verdict: "passed" } });
  expect(JSON.stringify(slackMessage(over))).toContain("fixed: shop");
  const gone = alertNotification({ ...alert, state: "fixed", ended_by: "unmeasured" }, "recovery");
  expect(gone.title).toBe("closed: shop: a-0123456789abcdef fixed (no longer measured): regression of 3 series by c40 on main");
  expect(gone.text).toContain("were its tests deleted, or renamed?");
});

test("a webhook is told with a signature, and has the alert itself", async () => {
  const received: { readonly signature: unknown; readonly body: Record<string, unknown> }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      received.push({
        signature: request.headers["x-shardwright-signature"],
        body: JSON.parse(body) as Record<string, unknown>,
      });
      response.end();
    });
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const [teller] = alertTellers({ notify: [`webhook:http://127.0.0.1:${port}/hook`], notifySecret: "secret" });
  expect(teller?.name).toBe("webhook");
  await teller?.tell(alert, "opening", AbortSignal.timeout(20_000));
  expect(received).toMatchObject([
    { signature: expect.stringMatching(/^sha256=[0-9a-f]{64}$/), body: { change: "broke", project: "shop", alert } },
  ]);
});

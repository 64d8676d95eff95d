import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Cloud, preemptionNotice } from "./clouds.ts";
import { untilPreempted } from "./watch.ts";

const never = new AbortController().signal;
const time = "2030-01-02T03:04:05Z";

/** A metadata service of each cloud, by its documentation: refuses whoever does not ask as it wants to be asked. */
class Metadata {
  readonly asked: string[] = [];
  isTakenAway = false;
  /** Answers that it cannot. */
  isBroken = false;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  static async start(): Promise<Metadata> {
    const metadata = new Metadata();
    await new Promise<void>((resolve) => metadata.#server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      metadata.#server.closeAllConnections();
      metadata.#server.close();
    });
    return metadata;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #answer({ method = "", url = "", headers }: IncomingMessage, response: ServerResponse): void {
    this.asked.push(`${method} ${url}`);
    const say = (status: number, text = "") => void response.writeHead(status).end(text);
    if (this.isBroken) return say(500, "sorry");
    switch (`${method} ${url}`) {
      case "PUT /latest/api/token":
        return headers["x-aws-ec2-metadata-token-ttl-seconds"] === undefined ? say(400) : say(200, "token-of-this-machine");
      case "GET /latest/meta-data/spot/instance-action":
        if (headers["x-aws-ec2-metadata-token"] !== "token-of-this-machine") return say(401);
        return this.isTakenAway ? say(200, JSON.stringify({ action: "terminate", time })) : say(404, "<html>Not Found</html>");
      case "GET /computeMetadata/v1/instance/preempted":
        return headers["metadata-flavor"] === "Google" ? say(200, this.isTakenAway ? "TRUE" : "FALSE") : say(403);
      case "GET /metadata/scheduledevents?api-version=2020-07-01": {
        if (headers["metadata"] !== "true") return say(400);
        const freeze = { EventId: "1", EventType: "Freeze", EventStatus: "Scheduled", NotBefore: "" };
        const preempt = {
          EventId: "2",
          EventType: "Preempt",
          EventStatus: "Scheduled",
          NotBefore: "Wed, 02 Jan 2030 03:04:05 GMT",
        };
        return say(200, JSON.stringify({ DocumentIncarnation: 1, Events: this.isTakenAway ? [freeze, preempt] : [freeze] }));
      }
      default:
        return say(404);
    }
  }
}

test.each<{ cloud: Cloud; action: string; at_ms: number | undefined }>([
  { cloud: "aws", action: "terminate", at_ms: Date.parse(time) },
  { cloud: "gcp", action: "preempt", at_ms: undefined },
  { cloud: "azure", action: "Preempt", at_ms: Date.parse(time) },
])("$cloud: nothing as long as the machine stays, then what it does and when", async ({ cloud, action, at_ms }) => {
  const metadata = await Metadata.start();
  expect(await preemptionNotice(cloud, metadata.endpoint, never)).toBeUndefined();
  metadata.isTakenAway = true;
  expect(await preemptionNotice(cloud, metadata.endpoint, never)).toEqual({ action, at_ms });
  metadata.isBroken = true;
  await expect(preemptionNotice(cloud, metadata.endpoint, never)).rejects.toThrow("status 500");
});

test("an answer without an end, or that is no notice, is an error and not a notice", async () => {
  const answers = ["x".repeat(100_000), "not JSON", "{}"];
  const server = createServer(({ method }, response) => response.end(method === "PUT" ? "token" : answers.shift()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const problem of ["more than it can have to say", "JSON", "names no action"])
    await expect(preemptionNotice("aws", endpoint, never)).rejects.toThrow(problem);
});

test("a service that cannot be asked is said once, and asked again until it tells", async () => {
  const metadata = await Metadata.start();
  metadata.isBroken = true;
  const notices: string[] = [];
  const left = untilPreempted(
    { cloud: "gcp", endpoint: metadata.endpoint, interval_ms: 1 },
    ({ code }) => {
      notices.push(code);
    },
    never,
  );
  await expect.poll(() => metadata.asked.length).toBeGreaterThan(3);
  metadata.isBroken = false;
  metadata.isTakenAway = true;
  // Half a minute less what it takes to leave.
  expect(await left).toBe(22_000);
  expect(notices).toEqual(["preemption-unknown", "preempted"]);
});

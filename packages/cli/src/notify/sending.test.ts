import { once } from "node:events";
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { politeFetch } from "@shardwright/ci";
import { reportFromCases } from "@shardwright/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { notificationOf, type Notifier } from "./notification.ts";
import { notifyAll, openNotifier } from "./notify-all.ts";

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly text?: string };

/** A server that gives these answers, one after the other, and 200 afterwards. */
async function listen(...answers: readonly (Answer | "broken" | "silent")[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const answer = answers[received.length] ?? { status: 200 };
      received.push({ path: request.url ?? "", headers: request.headers, body });
      if (answer === "broken") return void request.socket.destroy();
      if (answer !== "silent") response.writeHead(answer.status, answer.headers).end(answer.text);
    });
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return { received, at: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const report = reportFromCases({
  name: "r",
  files: [
    { file: "a.test.js", cases: [{ path: ["adds"], ordinal: 0, status: "failed", duration_ms: 1, retries: 0, message: "no" }] },
  ],
  context: { branch: "main", build_url: "https://ci.example.com/1" },
});
const notification = notificationOf(report, "broke", new Set());

/** Sends to targets. @returns what was said, and how long was waited, by a clock that only waiting moves */
async function send(targets: readonly string[], secret?: string, signal = new AbortController().signal) {
  const said: string[] = [];
  const waits_ms: number[] = [];
  let now_ms = 1_800_000_000_000;
  const fetch = politeFetch({
    politeness: { attempts: 4, total_ms: 30_000, answer_bytes: 65_536 },
    signal,
    now_ms: () => now_ms,
    wait: (ms) => {
      waits_ms.push(ms);
      now_ms += ms;
      return Promise.resolve();
    },
    random: () => 1,
  });
  const notifiers: Notifier[] = targets.map((target) => openNotifier(target, { fetch, secret, now_ms: () => now_ms }));
  await notifyAll(notifiers, notification, signal, (line) => said.push(line));
  return { said, waits_ms };
}

describe("webhook", () => {
  test("what the page says checks a signature does so, and refuses another body, secret and time", async () => {
    const page = readFileSync(join(import.meta.dirname, "../../../../docs/notifications.md"), "utf8");
    const snippet = /```js\n(.*?)```/s.exec(page)?.[1] ?? "";
    const folder = mkdtempSync(join(tmpdir(), "shardwright-snippet-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "check.mjs"), snippet);
    const { isFromShardwright } = (await import(pathToFileURL(join(folder, "check.mjs")).href)) as {
      isFromShardwright: (headers: IncomingHttpHeaders, body: string, secret: string, now_s: number) => boolean;
    };
    const { at, received } = await listen();
    expect((await send([`webhook:${at}/hook`], "s3cret")).said).toEqual([]);
    const [{ headers, body } = { headers: {}, body: "" }] = received;
    const now_s = 1_800_000_000;
    expect(isFromShardwright(headers, body, "s3cret", now_s + 20)).toBe(true);
    expect(isFromShardwright(headers, body, "other", now_s)).toBe(false);
    expect(isFromShardwright(headers, `${body} `, "s3cret", now_s)).toBe(false);
    expect(isFromShardwright(headers, body, "s3cret", now_s + 301)).toBe(false);
    expect(isFromShardwright({ ...headers, "x-shardwright-timestamp": "x" }, body, "s3cret", now_s)).toBe(false);
    expect(isFromShardwright({}, body, "s3cret", now_s)).toBe(false);
    expect(JSON.parse(body)).toMatchObject({
      version: 1,
      change: "broke",
      verdict: "failed",
      failing: [{ name: "adds", file: "a.test.js", message: "no", is_new: false }],
      build_url: "https://ci.example.com/1",
    });
  });

  test("it is sent again after a broken connection, as the same delivery, and after as long as it is asked to wait", async () => {
    const { at, received } = await listen("broken", { status: 503, headers: { "retry-after": "7" } });
    const { said, waits_ms } = await send([`webhook:${at}/`]);
    expect(said).toEqual([]);
    expect(received).toHaveLength(3);
    expect(new Set(received.map(({ headers }) => headers["x-shardwright-delivery"])).size).toBe(1);
    expect(waits_ms.at(-1)).toBe(7000);
    expect(received[0]?.headers["x-shardwright-signature"]).toBeUndefined();
  });
});

describe("Slack and Teams", () => {
  test.each(["slack", "teams"])("%s is waited for when it asks, and never sent what it may have taken", async (kind) => {
    const limited = await listen({ status: 429, headers: { "retry-after": "3" } });
    expect((await send([`${kind}:${limited.at}/hook`])).waits_ms).toEqual([3000]);
    expect(limited.received).toHaveLength(2);
    const failing = await listen({ status: 502, text: "bad gateway" });
    expect((await send([`${kind}:${failing.at}/hook`])).said).toEqual([
      `The notification by ${kind} was not sent: 127.0.0.1:${new URL(failing.at).port} answered with 502: bad gateway.`,
    ]);
    expect(failing.received).toHaveLength(1);
  });
});

describe("when it goes wrong", () => {
  test("nothing that is said holds the address of a hook, whatever the server repeats", async () => {
    const path = "/services/T0SECRET/B0SECRET?sig=sig%2Fsecret";
    const { at } = await listen(
      { status: 404, text: `no such hook: ${path} T0SECRET sig/secret` },
      { status: 302, headers: { location: "https://example.com/T0SECRET" } },
    );
    const gone = await listen();
    const said = [
      ...(await send([`slack:${at}${path}`])).said,
      ...(await send([`teams:${at}${path}`])).said,
      ...(await send([`slack:http://127.0.0.1:1${path}`])).said,
    ];
    expect(said).toHaveLength(3);
    for (const line of said) expect(line).not.toMatch(/secret/i);
    expect(said[0]).toContain("answered with 404: no such hook");
    expect(said[1]).toContain("answered with 302");
    expect(said[2]).toContain("could not be reached");
    expect(gone.received).toEqual([]);
  });

  test("one that does not answer, or does not heed the end, keeps neither the others nor the run", async () => {
    const { at } = await listen("silent");
    const ending = new AbortController();
    const told: string[] = [];
    const stuck: Notifier = { name: "stuck", send: () => new Promise(() => {}) };
    const good = Promise.withResolvers<void>();
    const quick: Notifier = { name: "quick", send: () => Promise.resolve(good.resolve()) };
    const sending = send([`webhook:${at}/`], undefined, ending.signal);
    const other = notifyAll([stuck, quick], notification, ending.signal, (line) => told.push(line));
    await good.promise;
    ending.abort(new Error("over"));
    expect((await sending).said).toEqual(["The notification by webhook was not sent: it took too long."]);
    await other;
    expect(told).toEqual(["The notification by stuck was not sent: it took too long."]);
  });
});

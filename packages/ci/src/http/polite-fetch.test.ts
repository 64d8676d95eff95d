import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { HttpRefusal, politeFetch, type PoliteRequest, type Politeness } from "./polite-fetch.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Answer = { status: number; headers?: Record<string, string>; text?: string } | "broken";

/** A server that gives these answers, one after the other, and a clock that only waiting moves. */
async function against(answers: Answer[], politeness: Partial<Politeness> = {}) {
  const waits_ms: number[] = [];
  let asked = 0;
  let now_ms = 1_000_000;
  server = createServer((request, response) => {
    const answer = answers[asked++];
    if (answer === undefined || answer === "broken") return void request.socket.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.text ?? "");
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  const fetch = politeFetch({
    politeness,
    signal: new AbortController().signal,
    now_ms: () => now_ms,
    wait: (ms) => {
      waits_ms.push(ms);
      now_ms += ms;
      return Promise.resolve();
    },
    random: () => 1,
  });
  const send = (repeatable: boolean, more: Partial<PoliteRequest> = {}) =>
    fetch(url, { method: "POST", headers: {}, body: "{}", repeatable, ...more });
  return { send, waits_ms, asked: () => asked };
}

test("Retry-After is waited for, even where the request may not be repeated: it was not carried out", async () => {
  const { send, waits_ms } = await against([
    { status: 429, headers: { "retry-after": "7" } },
    { status: 201, text: "made" },
  ]);
  expect((await send(false)).text).toBe("made");
  expect(waits_ms).toEqual([7000]);
});

test("a secondary limit, 403 with Retry-After or with nothing left, is waited for; a plain 403 is final", async () => {
  const limited = await against([
    { status: 403, headers: { "retry-after": "2" } },
    { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1005" } },
    // Without a word on how long: https://docs.github.com wants a minute at least.
    { status: 403, text: '{"message":"You have exceeded a secondary rate limit."}' },
    { status: 200 },
  ]);
  await limited.send(false);
  expect(limited.waits_ms).toEqual([2000, 3000, 60_000]);
  const plain = await against([{ status: 403, text: '{"message":"Resource not accessible by integration"}' }]);
  await expect(plain.send(true)).rejects.toThrow("POST /api was answered with 403: Resource not accessible by integration");
  expect(plain.asked()).toBe(1);
});

test("502 and a broken connection are tried again only where that is harmless", async () => {
  const harmless = await against([{ status: 502 }, "broken", { status: 200 }]);
  await harmless.send(true);
  expect(harmless.asked()).toBe(3);
  const not = await against([{ status: 502 }, { status: 200 }]);
  await expect(not.send(false)).rejects.toMatchObject({ status: 502 });
  const broken = await against(["broken", { status: 200 }]);
  await expect(broken.send(false)).rejects.toMatchObject({ status: 0 });
});

test("what a system means by other statuses is the caller's to say", async () => {
  const busy = await against([{ status: 409 }, { status: 409 }, { status: 201 }]);
  await busy.send(false, { notCarriedOut: [409] });
  expect(busy.asked()).toBe(3);
  const conflict = await against([{ status: 409 }]);
  await expect(conflict.send(true)).rejects.toMatchObject({ status: 409 });
});

test("it ends: by the number of tries, and when the wait would be longer than there is time", async () => {
  const storm = await against(
    Array.from({ length: 20 }, () => ({ status: 503 })),
    { attempts: 4 },
  );
  await expect(storm.send(true)).rejects.toBeInstanceOf(HttpRefusal);
  expect(storm.asked()).toBe(4);
  const long = await against([{ status: 429, headers: { "retry-after": "3600" } }]);
  await expect(long.send(true)).rejects.toMatchObject({ status: 429 });
  expect(long.waits_ms).toEqual([]);
});

test("an answer larger than the limit, and one that points elsewhere, are refused", async () => {
  const large = await against([{ status: 200, text: "x".repeat(2000) }], { answer_bytes: 1000, attempts: 1 });
  await expect(large.send(true)).rejects.toThrow("more than 1000 bytes");
  const elsewhere = await against([{ status: 302, headers: { location: "https://example.com/" } }]);
  await expect(elsewhere.send(true)).rejects.toMatchObject({ status: 302 });
});

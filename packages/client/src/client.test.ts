import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ShardwrightError, submissionSchema } from "@shardwright/core";
import { afterEach, expect, test } from "vitest";
import { createClient, type ClientOptions } from "./client.ts";
import type { Trouble } from "./transport/caller.ts";

const servers: Server[] = [];
const clients: ReturnType<typeof createClient>[] = [];
const quick = { attempts: 5, base_ms: 1, cap_ms: 5, total_ms: 5000 };

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void): Promise<string> {
  let count = 0;
  const server = createServer((request, response) => answer(request, response, ++count));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closedAddress(): Promise<string> {
  const address = await serve(() => {});
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return address;
}

function clientOf(addresses: string[], options: Partial<ClientOptions> = {}) {
  const client = createClient({ addresses, apiKey: "key", retry: quick, ...options });
  clients.push(client);
  return client;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const submitted = { run: "r-0123456789abcdef", disposition: "created", pending: 0 };
const submission = submissionSchema.parse({
  run_key: "k",
  workspace: { kind: "dir", path: "/" },
  suites: [],
  tasks: [],
  manifest_hash: "0".repeat(64),
});

test("sends the token and the body, and gives the answer back by its schema", async () => {
  const seen: unknown[] = [];
  const address = await serve((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      seen.push(request.method, request.url, request.headers.authorization, JSON.parse(body));
      json(response, 201, { ...submitted, extra: 1 });
    });
  });
  expect(await clientOf([`${address}/behind/a/proxy/`]).submitRun(submission)).toEqual(submitted);
  expect(seen).toEqual(["POST", "/behind/a/proxy/api/v1/runs", "Bearer key", submission]);
});

test("asks for a group of machines by its labels", async () => {
  const asked: (string | undefined)[] = [];
  const nothing = { waiting_tasks: 0, waiting_s: 0, oldest_wait_s: 0, workers: 0, slots: 0, busy_slots: 0, idle_slots: 0 };
  const answer = { ...nothing, wanted_slots: 0, wanted_workers: 0, target_workers: 0, removable: [] };
  const address = await serve((request, response) => {
    asked.push(request.url);
    json(response, 200, answer);
  });
  const client = clientOf([address]);
  expect(await client.demand({ labels: ["cuda", "lab"], start_up_s: 90 })).toEqual(answer);
  await client.demand();
  expect(asked).toEqual(["/api/v1/demand?start_up_s=90&labels=cuda%2Clab", "/api/v1/demand"]);
});

test("goes to the next address when one does not answer or shuts down, and stays there", async () => {
  let refusals = 0;
  const draining = await serve((_request, response) => {
    refusals += 1;
    json(response, 503, new ShardwrightError("draining").toBody());
  });
  const asked: string[] = [];
  const address = await serve((request, response) => {
    asked.push(request.url ?? "");
    json(response, 200, { runs: [] });
  });
  const client = clientOf([await closedAddress(), draining, address]);
  expect(await client.listRuns({ project: "a b", limit: 3 })).toEqual({ runs: [] });
  await client.listRuns();
  expect(asked).toEqual(["/api/v1/runs?project=a+b&limit=3", "/api/v1/runs"]);
  expect(refusals).toBe(1);
});

test("tries again what time can mend, and says so each time", async () => {
  const troubles: Trouble[] = [];
  const address = await serve((_request, response, count) => {
    if (count === 1) response.destroy();
    else if (count === 2) response.writeHead(502).end("<html>Bad gateway</html>");
    else if (count === 3) json(response, 503, new ShardwrightError("draining").toBody());
    else json(response, 200, { runs: [] });
  });
  await clientOf([address], { onTrouble: (trouble) => troubles.push(trouble) }).listRuns();
  expect(troubles.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(troubles[2]?.reason).toBe("The coordinator is shutting down.");
});

test("turns refusals back into their errors, without another attempt", async () => {
  let requests = 0;
  const refusal = new ShardwrightError("forbidden", { scope: "read", needed: "submit" });
  const address = await serve((_request, response) => {
    requests += 1;
    json(response, refusal.status, refusal.toBody());
  });
  const error = await clientOf([address])
    .submitRun(submission)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ShardwrightError);
  expect(error).toMatchObject({ code: "forbidden", message: refusal.message, hint: refusal.hint, status: 403 });
  expect(requests).toBe(1);
});

test("says of a coordinator that lacks a route that it is older, and of what is not there that it is not there", async () => {
  const paths: string[] = [];
  const address = await serve((request, response) => {
    const [path = ""] = (request.url ?? "").split("?");
    paths.push(path);
    const what = path.endsWith("update-ready") ? path : "run r-0123456789abcdef";
    json(response, 404, new ShardwrightError("not-found", { what }).toBody());
  });
  const client = clientOf([address]);
  await expect(client.updateReadiness()).rejects.toMatchObject({
    code: "coordinator-too-old",
    details: { address, path: "/api/v1/cluster/update-ready" },
  });
  await expect(client.getRun("r-0123456789abcdef")).rejects.toMatchObject({ code: "not-found" });
  expect(paths).toHaveLength(2);
});

test("names what answered when it is no coordinator, and the field that is wrong", async () => {
  const address = await serve((request, response) => {
    if (request.url === "/api/v1/runs") json(response, 200, { runs: [{ id: 5 }] });
    else response.writeHead(404).end("<html>");
  });
  await expect(clientOf([address]).listRuns()).rejects.toMatchObject({
    code: "bad-response",
    message: expect.stringContaining("runs.0.id"),
  });
  await expect(clientOf([address]).listTokens()).rejects.toMatchObject({
    code: "bad-response",
    message: expect.stringContaining("404"),
  });
});

test("gives up within its bounds, naming every address", async () => {
  const addresses = [await closedAddress(), await closedAddress()];
  const troubles: Trouble[] = [];
  const failure = clientOf(addresses, { onTrouble: (trouble) => troubles.push(trouble) }).listRuns();
  await expect(failure).rejects.toMatchObject({
    code: "coordinator-unreachable",
    message: expect.stringContaining("ECONNREFUSED"),
  });
  await expect(failure).rejects.toThrow(addresses.join(", "));
  expect(troubles).toHaveLength(4);
});

test("asks for reports and events as of now: a coordinator that lags behind may know the run as it was before", async () => {
  const asked: [string | undefined, unknown][] = [];
  const address = await serve((request, response) => {
    asked.push([request.url, request.headers["shardwright-consistency"]]);
    json(response, 404, { error: { code: "not-found", message: "", details: { what: "run" } } });
  });
  const client = clientOf([address]);
  await expect(client.getReport("r-1")).rejects.toMatchObject({ code: "not-found" });
  await expect(client.runEvents("r-1").next()).rejects.toMatchObject({ code: "not-found" });
  expect(asked).toEqual([
    ["/api/v1/runs/r-1/report", "linearizable"],
    ["/api/v1/runs/r-1/events", "linearizable"],
  ]);
});

test("ends at once when aborted, while it waits for an answer or for the next attempt", async () => {
  const waiting = Promise.withResolvers<void>();
  const silent = await serve(() => waiting.resolve());
  const abort = new AbortController();
  const answer = clientOf([silent]).listRuns({}, { signal: abort.signal });
  await waiting.promise;
  abort.abort(new Error("enough"));
  await expect(answer).rejects.toThrow("enough");

  const second = new AbortController();
  const client = clientOf([await closedAddress()], {
    retry: { attempts: 9, base_ms: 1e9, cap_ms: 1e9, total_ms: 1e12 },
    onTrouble: () => second.abort(new Error("enough of this")),
  });
  await expect(client.listRuns({}, { signal: second.signal })).rejects.toThrow("enough of this");
});

test("a coordinator that never answers costs the timeout", async () => {
  const address = await serve(() => {});
  await expect(clientOf([address], { failover: { timeout_ms: 100 }, retry: { attempts: 1 } }).listRuns()).rejects.toMatchObject({
    code: "coordinator-unreachable",
  });
});

test("a run's events go on after a break from the last id, until the run has ended", async () => {
  const asked: (string | undefined)[] = [];
  const event = (id: number, body: object) => `id: ${id}\ndata: ${JSON.stringify({ at_ms: 0, ...body })}\n\n`;
  const notice = (message: string) => ({ type: "notice", code: "c", message });
  const ended = { type: "ended", verdict: "passed", reason: "" };
  const address = await serve((request, response, count) => {
    asked.push(request.headers["last-event-id"] as string | undefined);
    response.writeHead(200, { "content-type": "text/event-stream" });
    // The first stream breaks inside an event, the second ends after an end that was reopened, the third is refused.
    if (count === 1) {
      response.write(`: hello\n\n${event(4, notice("one"))}id: 5\ndata: {"at`);
      setImmediate(() => response.destroy());
    } else if (count === 2) response.end(event(5, ended) + event(6, { type: "reopened", tasks: 1, reason: "again" }));
    else response.end(event(7, ended));
  });
  const seen: [number, string][] = [];
  for await (const { position, event } of clientOf([address]).runEvents("r-0123456789abcdef", { after: 3 }))
    seen.push([position, event.type]);
  expect(seen).toEqual([
    [4, "notice"],
    [5, "ended"],
    [6, "reopened"],
    [7, "ended"],
  ]);
  expect(asked).toEqual(["3", "4", "6"]);
});

test("a stream that ends without bringing anything is not asked for ever", async () => {
  let requests = 0;
  const address = await serve((_request, response) => {
    requests += 1;
    response.writeHead(200, { "content-type": "text/event-stream" }).end();
  });
  const events = clientOf([address]).runEvents("r-0123456789abcdef");
  await expect(events.next()).rejects.toMatchObject({ code: "coordinator-unreachable" });
  expect(requests).toBe(5);
});

test.each([
  [
    "a page of a proxy",
    200,
    { "content-type": "text/html" },
    "<!DOCTYPE html><title>Log in</title>",
    "text/html|<!DOCTYPE html>",
  ],
  ["somewhere else", 302, { location: "https://example.com/login" }, "", "status 302"],
  ["half of an answer", 200, { "content-type": "application/json" }, '{"runs":[{"id":"r-0', 'begins with “{"runs"'],
  ["nothing", 200, {}, "", "it is empty"],
  ["another kind of answer", 200, { "content-type": "application/json" }, '{"ok":true}', "runs: "],
  ["a refusal that is none of ours", 403, { "content-type": "text/html" }, "<html>Blocked</html>", "status 403"],
])("%s is no coordinator's answer, when it was asked for a few times", async (_title, status, headers, body, reason) => {
  let requests = 0;
  let isMended = false;
  const address = await serve((_request, response) => {
    requests += 1;
    if (isMended) json(response, 200, { runs: [] });
    else response.writeHead(status, headers).end(body);
    isMended ||= requests === 5;
  });
  const reasons = new RegExp(reason.replaceAll(/[.{[]/g, "\\$&"));
  const patient = { retry: { attempts: 1000, total_ms: 60_000, base_ms: 1, cap_ms: 1 } };
  await expect(clientOf([address], patient).listRuns()).rejects.toMatchObject({
    code: "bad-response",
    message: expect.stringMatching(reasons),
  });
  expect(requests).toBe(3);
  // Another one stood in between for a moment.
  expect(await clientOf([address], patient).listRuns()).toEqual({ runs: [] });
});

test("the page of a proxy is no success where only success matters, and no stream", async () => {
  const address = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html>Log in</html>");
  });
  const client = clientOf([address]);
  await expect(client.revokeToken("t-1")).rejects.toMatchObject({ code: "bad-response" });
  await expect(client.ready()).rejects.toMatchObject({ code: "bad-response" });
  await expect(client.runEvents("r-0123456789abcdef").next()).rejects.toMatchObject({ code: "bad-response" });
});

test("a stream that ends again and again is not asked for longer than a call may take", async () => {
  const address = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).end();
  });
  const retry = { attempts: 1_000_000, total_ms: 100, base_ms: 1, cap_ms: 1 };
  await expect(clientOf([address], { retry }).runEvents("r-0123456789abcdef").next()).rejects.toMatchObject({
    code: "coordinator-unreachable",
  });
});

test("a blob that comes back changed is refused", async () => {
  const stored = new Map<string, Buffer>();
  const address = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method === "PUT") stored.set(request.url ?? "", Buffer.concat(chunks));
      response.writeHead(200).end(stored.get(request.url ?? ""));
    });
  });
  const client = clientOf([address]);
  const { sha256, bytes } = await client.putBlob(Buffer.from("hello"));
  expect(bytes).toBe(5);
  expect((await client.getBlob(sha256)).toString()).toBe("hello");
  stored.set(`/api/v1/blobs/${sha256}`, Buffer.from("jello"));
  await expect(client.getBlob(sha256)).rejects.toMatchObject({ code: "bad-response" });
});

test("refuses addresses that cannot be one before anything is sent", () => {
  for (const addresses of [[], [""], ["ftp://host"], ["http://user@host"], ["http://host?x=1"]])
    expect(() => createClient({ addresses, apiKey: "key" })).toThrow(ShardwrightError);
  expect(createClient({ addresses: ["localhost:7070 ", "https://host/x/"], apiKey: "key" }).addresses).toEqual([
    "http://localhost:7070",
    "https://host/x",
  ]);
});

test("a run's end is its end, even when the connection breaks right after it", async () => {
  const ended = { type: "ended", at_ms: 2, verdict: "passed", reason: "1 discovered = 1 passed" };
  let asked = 0;
  const address = await serve((_request, response, count) => {
    asked = count;
    if (count > 3) return json(response, 404, new ShardwrightError("not-found", { what: "run" }).toBody());
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`: open\n\nid: 7\ndata: ${JSON.stringify(ended)}\n\n`, () => response.destroy());
  });
  const types: string[] = [];
  for await (const { event } of clientOf([address]).runEvents(submitted.run)) types.push(event.type);
  expect(types).toEqual(["ended"]);
  expect(asked).toBe(1);
});

test("a task whose answer got lost is asked for again under the same key, and made once", async () => {
  const keys: unknown[] = [];
  const address = await serve((request, response, count) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      keys.push((JSON.parse(body) as { run_key?: string }).run_key);
      if (count === 1) response.destroy();
      else json(response, 200, submitted);
    });
  });
  const task = { type: "command", name: "one", runner: "command", file: "a.sh", workspace: { kind: "dir", path: "/" } } as const;
  await clientOf([address]).createTask({ ...task, project: "p", args: [], requirements: {}, options: {} });
  expect(keys).toHaveLength(2);
  expect(keys[0]).toEqual(expect.any(String));
  expect(keys[1]).toBe(keys[0]);
});

test("a client that was closed fails at once: nobody is asked again", async () => {
  const client = clientOf([await closedAddress()], { retry: { attempts: 1000, total_ms: 600_000 } });
  await client.close();
  await expect(client.listRuns()).rejects.toThrow("the client is closed");
});

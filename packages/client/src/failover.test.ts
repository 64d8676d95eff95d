import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ShardwrightError, type ErrorCode } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { createClient, type ClientOptions } from "./client.ts";
import { UnreliableProxy } from "./testing/unreliable-proxy.ts";

const run = "r-0123456789abcdef";
const quick = { attempts: 5, base_ms: 1, cap_ms: 5, total_ms: 60_000 };
/** Long enough for an answer on a busy machine. */
const timeout_ms = 1000;

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** A server, the requests it was sent, and a way to wait for them. */
async function serve(respond: Respond) {
  const requests: IncomingMessage[] = [];
  let watchers: (() => void)[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    for (const watcher of watchers.splice(0)) watcher();
    respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths: () => requests.map(({ url }) => url ?? ""),
    requests,
    async until(condition: () => boolean) {
      while (!condition()) await new Promise<void>((resolve) => watchers.push(resolve));
    },
  };
}

const noRuns: Respond = (_request, response) => json(response, 200, { runs: [] });

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

const refusing =
  (code: ErrorCode): Respond =>
  (_request, response) => {
    const error = new ShardwrightError(code, { scope: "read", needed: "submit" });
    json(response, error.status, error.toBody());
  };

async function proxyTo(address: string): Promise<UnreliableProxy> {
  const proxy = await UnreliableProxy.start(address);
  onTestFinished(() => proxy.cut());
  return proxy;
}

function clientOf(addresses: string[], options: Partial<ClientOptions> = {}) {
  const client = createClient({ addresses, apiKey: "key", retry: quick, failover: { timeout_ms }, ...options });
  onTestFinished(() => client.close());
  return client;
}

test("an address that takes connections and never answers costs its time once, then the next one serves", async () => {
  const server = await serve(noRuns);
  const [first, second] = [await proxyTo(server.address), await proxyTo(server.address)];
  first.stall();
  const client = clientOf([first.address, second.address]);
  for (let call = 0; call < 3; call += 1) expect(await client.listRuns()).toEqual({ runs: [] });
  expect(first.connections).toBe(1);
  expect(server.paths()).toHaveLength(3);
});

test("ordered goes back to the first address when it answers again, and asks it no more than a probe before", async () => {
  const servers = [await serve(noRuns), await serve(noRuns)] as const;
  const first = await proxyTo(servers[0].address);
  await first.cut();
  const client = clientOf([first.address, servers[1].address], { failover: { strategy: "ordered", timeout_ms } });
  await client.listRuns();
  await first.mend();
  const isBack = () => servers[0].paths().includes("/api/v1/runs");
  while (!isBack()) await client.listRuns();
  expect(servers[0].paths()).toEqual(["/readyz", "/api/v1/runs"]);
  expect(servers[0].requests[0]?.headers.authorization).toBeUndefined();
});

test("the leader is gone to wherever answers say it is, also in a refusal, and a dead one is left", async () => {
  let leader = "";
  const follower = await serve((_request, response) => json(response, 200, { runs: [] }, { "shardwright-leader": leader }));
  const one = await serve(noRuns);
  const other = await serve((_request, response) => {
    const error = new ShardwrightError("leadership-lost");
    json(response, error.status, error.toBody(), { "shardwright-leader": one.address });
  });
  const proxy = await proxyTo(one.address);
  leader = proxy.address;
  const client = clientOf([follower.address, other.address, one.address, proxy.address]);
  await client.listRuns();
  await client.listRuns();
  expect(follower.paths()).toHaveLength(1);
  expect(one.paths()).toHaveLength(1);

  await proxy.cut();
  leader = other.address;
  await client.listRuns();
  expect(follower.paths()).toHaveLength(2);
  // The new leader is one no longer: its refusal names the next.
  await client.listRuns();
  await client.listRuns();
  expect(other.paths()).toHaveLength(1);
  expect(one.paths()).toHaveLength(3);
});

test("a leader that is not in the list gets no token before it has answered as a coordinator does", async () => {
  const leader = await serve((request, response) =>
    request.url === "/readyz" ? json(response, 200, { status: "ready" }) : json(response, 200, { runs: [] }),
  );
  const follower = await serve((_request, response) =>
    json(response, 200, { runs: [] }, { "shardwright-leader": leader.address }),
  );
  const client = clientOf([follower.address]);
  while (!leader.paths().includes("/api/v1/runs")) await client.listRuns();
  expect(leader.requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ["/readyz", undefined],
    ["/api/v1/runs", "Bearer key"],
  ]);
});

test("an election is waited for; a wrong token is not", async () => {
  let refusals = 0;
  const electing = await serve((request, response) => {
    refusals += 1;
    (refusals > 3 ? noRuns : refusing("no-leader"))(request, response);
  });
  expect(await clientOf([electing.address]).listRuns()).toEqual({ runs: [] });
  expect(refusals).toBe(4);

  const stranger = await serve(refusing("unauthenticated"));
  const next = await serve(noRuns);
  await expect(clientOf([stranger.address, next.address]).listRuns()).rejects.toMatchObject({ code: "unauthenticated" });
  expect(stranger.paths()).toHaveLength(1);
  expect(next.paths()).toEqual([]);
});

test("a coordinator whose disk is full speaks for itself alone: the next address does what was asked", async () => {
  for (const code of ["ledger-failed", "state-unwritable"] as const) {
    const full = await serve(refusing(code));
    const server = await serve(noRuns);
    expect(await clientOf([full.address, server.address]).listRuns()).toEqual({ runs: [] });
    expect([full.paths().length, server.paths().length]).toEqual([1, 1]);
    // The one coordinator that there is has nobody to take over.
    await expect(clientOf([full.address]).listRuns()).rejects.toMatchObject({ code });
    expect(full.paths()).toHaveLength(2);
  }
});

test("a blob for which no coordinator has room is refused at once, and not asked for again and again", async () => {
  const servers = [await serve(refusing("state-unwritable")), await serve(refusing("state-unwritable"))];
  const addresses = servers.map(({ address }) => address);
  await expect(clientOf(addresses).listRuns()).rejects.toMatchObject({ code: "state-unwritable" });
  expect(servers.map((server) => server.paths().length)).toEqual([1, 1]);
});

test("what a leader with a full disk answers through the others passes once they have a new leader", async () => {
  let refusals = 0;
  const server = await serve((request, response) => {
    refusals += 1;
    (refusals > 3 ? noRuns : refusing("ledger-failed"))(request, response);
  });
  const proxies = [await proxyTo(server.address), await proxyTo(server.address), await proxyTo(server.address)];
  expect(await clientOf(proxies.map(({ address }) => address)).listRuns()).toEqual({ runs: [] });
  expect(server.paths()).toHaveLength(4);
});

test("when no address helps, the error names each with its reason", async () => {
  const [closed, silent] = [await proxyTo("http://127.0.0.1:9"), await serve(() => {})];
  await closed.cut();
  const electing = await serve(refusing("no-leader"));
  const strange = await serve((_request, response) => response.writeHead(404).end("<html>"));
  const addresses = [closed.address, silent.address, electing.address, strange.address];
  const error = await clientOf(addresses, { retry: { attempts: 1 }, failover: { timeout_ms: 300 } })
    .listRuns()
    .catch((thrown: unknown) => thrown as ShardwrightError);
  expect(error).toMatchObject({ code: "coordinator-unreachable" });
  const { message } = error as ShardwrightError;
  expect(message).toContain(addresses.join(", "));
  expect(message).toContain(`${closed.address}: connect ECONNREFUSED`);
  expect(message).toContain(`${silent.address}: no answer within 0.3 s`);
  expect(message).toContain(`${electing.address}: The coordinators have no leader`);
  expect(message).toMatch(new RegExp(`${strange.address}: .*status 404`));
});

test("polls and streams that wait at an address go on elsewhere as soon as a call shows that it is dead", async () => {
  const open: Respond = (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write(": open\n\n");
  };
  const server = await serve((request, response) => {
    if (request.url?.endsWith("/events")) open(request, response);
    else if (request.url?.endsWith("/leases")) return;
    else noRuns(request, response);
  });
  const [first, second] = [await proxyTo(server.address), await proxyTo(server.address)];
  const client = clientOf([first.address, second.address]);
  const abort = new AbortController();
  const { signal } = abort;
  const poll = client.lease("w-1", { slots: 1, wait_ms: 50_000 }, { signal });
  const opened = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  let times = 0;
  const events = client.runEvents(run, { signal, onOpen: () => opened[times++]?.resolve() });
  const next = events.next();
  await server.until(() => server.paths().length === 2);
  await opened[0].promise;

  first.stall();
  await client.listRuns();
  await server.until(() => server.paths().length === 5);
  const twice = [`/api/v1/runs/${run}/events`, "/api/v1/workers/w-1/leases"].flatMap((path) => [path, path]);
  expect(server.paths().toSorted()).toEqual(["/api/v1/runs", ...twice].toSorted());
  await opened[1].promise;
  abort.abort(new Error("enough"));
  await expect(poll).rejects.toThrow("enough");
  await expect(next).rejects.toThrow("enough");
});

test("one call that takes too long breaks nothing off at an address that answers others", async () => {
  const waiting: ServerResponse[] = [];
  const server = await serve((request, response) => {
    if (request.url?.endsWith("/report")) return;
    if (request.url?.endsWith("/leases")) waiting.push(response);
    else noRuns(request, response);
  });
  const client = clientOf([server.address], { retry: { attempts: 1 } });
  const poll = client.lease("w-1", { slots: 1, wait_ms: 50_000 });
  await server.until(() => waiting.length === 1);
  const report = client.getReport(run);
  await server.until(() => server.paths().length === 2);
  await client.listRuns();
  await expect(report).rejects.toMatchObject({ code: "coordinator-unreachable" });
  json(waiting[0] as ServerResponse, 200, { leases: [], drain: false });
  expect(await poll).toEqual({ leases: [], drain: false });
  expect(server.paths()).toHaveLength(3);
});

test("a process that stood still itself does not take a coordinator for dead", async () => {
  const server = await serve((request, response) => {
    // Nothing else happens in this process meanwhile, as in one that was suspended.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
    noRuns(request, response);
  });
  const client = clientOf([server.address], { retry: { attempts: 1 }, failover: { timeout_ms: 100 } });
  expect(await client.listRuns()).toEqual({ runs: [] });
});

test("a run's events go on at another address, and what a coordinator that lags behind tells again is not told twice", async () => {
  const eventAt = (id: number, type: string) => {
    const body =
      type === "ended"
        ? { type, at_ms: 0, verdict: "failed", reason: "" }
        : type === "reopened"
          ? { type, at_ms: 0, tasks: 1, reason: "again" }
          : { type, at_ms: 0, code: "c", message: "m" };
    return `id: ${id}\ndata: ${JSON.stringify(body)}\n\n`;
  };
  const asked: (string | undefined)[] = [];
  const stream =
    (text: string, end: (response: ServerResponse) => void): Respond =>
    (request, response) => {
      asked.push(request.headers["last-event-id"] as string | undefined);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`: open\n\n${text}`, () => end(response));
    };
  const ahead = stream(eventAt(5, "ended") + eventAt(8, "reopened") + eventAt(9, "notice"), (response) => response.destroy());
  // It has not heard that the run was opened again: to its knowledge the run has ended.
  const behind = stream(eventAt(5, "ended"), (response) => response.end());
  const later = stream(eventAt(12, "ended"), (response) => response.end());
  const turns = [ahead, behind, later];
  const server = await serve((request, response) => (turns.shift() ?? later)(request, response));
  const types: [number, string][] = [];
  for await (const { position, event } of clientOf([server.address]).runEvents(run)) types.push([position, event.type]);
  expect(types).toEqual([
    [5, "ended"],
    [8, "reopened"],
    [9, "notice"],
    [12, "ended"],
  ]);
  expect(asked).toEqual([undefined, "9", "9"]);
});

test("the log of an attempt goes on with that attempt, although another one has begun since", async () => {
  const message = (id: number, event: object) => `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;
  const server = await serve((request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (request.headers["last-event-id"] === undefined)
      response.write(message(3, { type: "output", attempt: 2, text: "one" }), () => response.destroy());
    else response.end(message(3, { type: "end", attempt: 2, status: "passed" }));
  });
  const texts: string[] = [];
  for await (const event of clientOf([server.address]).taskOutput(run, 0)) texts.push(event.type);
  expect(texts).toEqual(["output", "end"]);
  expect(server.paths()).toEqual([`/api/v1/runs/${run}/tasks/0/output`, `/api/v1/runs/${run}/tasks/0/output?attempt=2`]);
});

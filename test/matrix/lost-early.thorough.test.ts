import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "../cli/fleet.ts";
import { testOf, useSuite } from "../cli/suite.ts";

const { folder, write, report } = useSuite();

/** Hands requests on to a coordinator, and hangs up on everybody once it has passed the answer to one. */
async function coordinatorUntil(address: string, isLast: (method: string, path: string) => boolean): Promise<Server> {
  let isGone = false;
  const handOn = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "GET", url = "/", headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = await fetch(`${address}${url}`, {
      method,
      headers: { authorization: headers.authorization ?? "", "content-type": headers["content-type"] ?? "" },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const text = await answer.text();
    isGone ||= isLast(method, url);
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" }).end(text);
  };
  const server = createServer((request, response) => {
    if (isGone) request.socket.destroy();
    else void handOn(request, response).catch(() => request.socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

test.each([
  ["a job of a pipeline", ["worker", "--run-key", "pipeline", "--index", "0", "--total", "1", "--slots", "1"]],
  ["a run with workers of its own", ["run", "--workers", "1", "--workspace", "dir"]],
])("%s whose coordinator is gone between the submission and the first lease goes on without", async (_title, args) => {
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const server = await coordinatorUntil(fleet.address, (method, path) => method === "POST" && path === "/api/v1/runs");
  onTestFinished(() => void server.close());
  write("a.test.js", testOf(""));
  const { port } = server.address() as AddressInfo;
  const job = fleet.launch([...args, "--fallback-after", "0.3"], {
    cwd: folder(),
    environment: { SHARDWRIGHT_COORDINATOR: `http://127.0.0.1:${port}` },
  });
  expect({ code: await job.exited, output: job.output() }).toMatchObject({ code: 0 });
  expect(report()).toMatchObject({ verdict: "passed", account: { passed: 1 }, notices: [{ code: "fallback" }] });
});

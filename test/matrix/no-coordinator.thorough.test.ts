import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runReportSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { makeCertificate } from "../../server/src/testing/certificates.ts";
import { startFleet } from "../cli/fleet.ts";
import { testOf, useSuite } from "../cli/suite.ts";
import { runToEnd } from "../processes.ts";

const { folder, write } = useSuite();

const page = "<!DOCTYPE html><html><title>Please log in to the network</title></html>";
const certificate = makeCertificate({ name: "nobody" });

async function listen(handle: RequestListener, isTls = false): Promise<string> {
  const server = isTls ? createTlsServer({ key: certificate.key, cert: certificate.cert }, handle) : createServer(handle);
  server.listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `${isTls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const html = (response: ServerResponse) => void response.writeHead(200, { "content-type": "text/html" }).end(page);
const json = (response: ServerResponse, text: string) =>
  void response.writeHead(200, { "content-type": "application/json" }).end(text);

/** What may answer where the coordinator should, and what is said of it. */
const strangers: readonly [title: string, handle: RequestListener, why: RegExp, isTls: boolean][] = [
  [
    "the page of a proxy",
    (_request, response) => html(response),
    /is not Shardwright's: it is no JSON, but begins with “<!DOCTYPE html>/,
    false,
  ],
  [
    "a redirection to one",
    (request, response) =>
      request.url === "/login" ? html(response) : void response.writeHead(302, { location: "/login" }).end(),
    /is not Shardwright's: status 302/,
    false,
  ],
  ["half of an answer", (_request, response) => json(response, '{"durations_ms":{"unit:a.te'), /is no JSON/, false],
  ["another program", (_request, response) => json(response, '{"status":"ok"}'), /durations_ms/, false],
  ["nothing but a status", (_request, response) => void response.writeHead(200).end(), /it is empty/, false],
  ["a refusal of a proxy", (_request, response) => void response.writeHead(403).end(page), /status 403/, false],
  ["a certificate that nobody vouches for", (_request, response) => html(response), /certificate|self-signed/, true],
  ["silence", () => {}, /no answer within/, false],
  ["an answer that never ends", (_request, response) => void response.writeHead(200).write("{"), /./, false],
];

function reportIn(directory: string) {
  return runReportSchema.parse(JSON.parse(readFileSync(join(folder(), directory, "report.json"), "utf8")));
}

function writeTests(): void {
  for (const name of ["a", "b", "c"]) write(`${name}.test.js`, testOf(""));
}

const impatient = ["--fallback-after", "1", "--failover-timeout", "0.5"];

test.each(strangers)(
  "a run that meets %s runs everything here, and says so wherever it is shown",
  async (_title, handle, why, isTls) => {
    const coordinator = await listen(handle, isTls);
    writeTests();
    const summary = join(folder(), "summary.md");
    const { code, output } = await runToEnd(["run", "--workers", "1", ...impatient], {
      cwd: folder(),
      environment: { SHARDWRIGHT_COORDINATOR: coordinator, SHARDWRIGHT_API_KEY: "secret-token", GITHUB_STEP_SUMMARY: summary },
    });
    expect({ code, output }).toMatchObject({ code: 0 });
    const report = reportIn("shardwright-report");
    expect(report).toMatchObject({ verdict: "passed", account: { discovered: 3, passed: 3 }, notices: [{ code: "fallback" }] });
    const [notice] = report.notices;
    expect(notice?.message).toMatch(why);
    expect(notice?.message).toContain("all tests run on this machine");
    const markdown = readFileSync(join(folder(), "shardwright-report", "report.md"), "utf8");
    const html = readFileSync(join(folder(), "shardwright-report", "report.html"), "utf8");
    for (const text of [output, markdown, html]) {
      expect(text).toContain("The coordinator was out of reach");
      expect(text).not.toContain("secret-token");
    }
  },
);

test.each(strangers.slice(0, 4))(
  "jobs that meet %s run everything between them, and no job calls that the whole",
  async (_title, handle) => {
    const coordinator = await listen(handle);
    writeTests();
    write("d.test.js", testOf('throw new Error("no");'));
    const job = (index: number) =>
      runToEnd(
        [
          "worker",
          "--run-key",
          "k",
          "--index",
          String(index),
          "--total",
          "2",
          "--slots",
          "1",
          "--max-retries",
          "0",
          ...impatient,
        ].concat(["--output-dir", `out-${index}`]),
        { cwd: folder(), environment: { SHARDWRIGHT_COORDINATOR: coordinator, SHARDWRIGHT_API_KEY: "secret-token" } },
      );
    const ended = [await job(0), await job(1)];
    expect(ended.map(({ code }) => Number(code)).sort((a, b) => a - b)).toEqual([0, 1]);
    const reports = [reportIn("out-0"), reportIn("out-1")];
    expect(reports.flatMap(({ tasks }) => tasks.map(({ file }) => file)).sort()).toEqual(
      ["a", "b", "c", "d"].map((name) => `${name}.test.js`),
    );
    expect(new Set(reports.map(({ run }) => run.share?.plan)).size).toBe(1);
    for (const [index, { output }] of ended.entries()) expect(output).toContain(`share ${index + 1} of 2`);
    // Whoever puts them together has the whole, and only then.
    const merge = async (...files: string[]) =>
      (await runToEnd(["report", "merge", ...files, "--output-dir", "all"], { cwd: folder() })).code;
    expect(await merge("out-0/report.json", "out-1/report.json")).toBe(1);
    const [green] = reports.flatMap(({ verdict }, index) => (verdict === "passed" ? [`out-${index}/report.json`] : []));
    expect(await merge(green ?? "")).toBe(3);
  },
);

/** Hands requests on to a coordinator, until something else stands in between. */
async function inBetween(address: string, isBetween: (request: IncomingMessage) => boolean): Promise<string> {
  return await listen((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      if (isBetween(request)) return html(response);
      const answer = await fetch(`${address}${request.url ?? "/"}`, {
        method: request.method ?? "GET",
        headers: {
          authorization: request.headers.authorization ?? "",
          "content-type": request.headers["content-type"] ?? "",
          accept: request.headers.accept ?? "*/*",
          "last-event-id": (request.headers["last-event-id"] as string | undefined) ?? "",
        },
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      });
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "application/json" });
      for await (const chunk of answer.body ?? []) response.write(chunk);
      response.end();
    })().catch(() => request.socket.destroy());
  });
}

const kinds = [
  ["a job of a pipeline", ["worker", "--run-key", "pipeline", "--index", "0", "--total", "1", "--slots", "1"]],
  ["a run with workers of its own", ["run", "--workers", "1", "--workspace", "dir"]],
] as const;

test.each(kinds)("%s before whose coordinator a proxy puts itself after the submission goes on without", async (_title, args) => {
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  let isSubmitted = false;
  const coordinator = await inBetween(fleet.address, ({ method, url = "" }) => {
    const before = isSubmitted;
    isSubmitted ||= method === "POST" && url === "/api/v1/runs";
    return before;
  });
  writeTests();
  const { code, output } = await fleet.toEnd([...args, ...impatient], {
    cwd: folder(),
    environment: { SHARDWRIGHT_COORDINATOR: coordinator },
  });
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(reportIn("shardwright-report")).toMatchObject({
    account: { discovered: 3, passed: 3 },
    notices: [{ code: "fallback" }],
  });
});

test.each(kinds)("%s before whose coordinator a proxy puts itself for a moment stays with it", async (_title, args) => {
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const met = new Map<string, number>();
  const coordinator = await inBetween(fleet.address, ({ method, url = "" }) => {
    // The first time of each, as far as the call is made by the client's own rules.
    const call = `${method} ${url.replaceAll(/[rw]-\w{16}/g, ":")}`;
    met.set(call, (met.get(call) ?? 0) + 1);
    return met.get(call) === 1 && url.startsWith("/api/v1/runs");
  });
  writeTests();
  const { code, output } = await fleet.toEnd([...args, ...impatient], {
    cwd: folder(),
    environment: { SHARDWRIGHT_COORDINATOR: coordinator },
  });
  expect({ code, output }).toMatchObject({ code: 0 });
  const report = reportIn("shardwright-report");
  expect(report.notices.map(({ code: notice }) => notice)).not.toContain("fallback");
  expect(report.account).toMatchObject({ discovered: 3, passed: 3 });
});

test("without --no-fallback's leave, a wrong address is an error that says what answers there", async () => {
  const coordinator = await listen((_request, response) => html(response));
  writeTests();
  const { code, output } = await runToEnd(["run", "--no-fallback", ...impatient], {
    cwd: folder(),
    environment: { SHARDWRIGHT_COORDINATOR: coordinator, SHARDWRIGHT_API_KEY: "secret-token" },
  });
  expect(code).toBe(3);
  expect(output).toContain("is not Shardwright's");
});

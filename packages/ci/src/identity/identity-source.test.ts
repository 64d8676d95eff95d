import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { politeFetch } from "../http/polite-fetch.ts";
import { identitySource } from "./identity-source.ts";

let server: Server;
let asked: { url: string | undefined; authorization: string | undefined }[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push({ url: request.url, authorization: request.headers.authorization });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const fetch = politeFetch({
  politeness: { attempts: 3 },
  signal: new AbortController().signal,
  now_ms: () => 0,
  wait: () => Promise.resolve(),
  random: () => 0,
});

function githubJob(): Record<string, string> {
  const { port } = server.address() as AddressInfo;
  return {
    GITHUB_ACTIONS: "true",
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of-the-job",
  };
}

test("GitHub's service is asked as its runner says, for the audience", async () => {
  answer = (_request, response) => response.end(JSON.stringify({ count: 1, value: "a.b.c" }));
  const source = identitySource(githubJob(), fetch);
  expect(await source?.fetchIdToken("https://shardwright.example.com/a&b")).toBe("a.b.c");
  expect(asked).toEqual([
    { url: "/token?api-version=2.0&audience=https%3A%2F%2Fshardwright.example.com%2Fa%26b", authorization: "Bearer of-the-job" },
  ]);
});

test("a service that is away for a moment is asked again; what it says when it refuses is not repeated", async () => {
  answer = (_request, response) => {
    if (asked.length < 3) response.writeHead(503).end();
    else response.end(JSON.stringify({ value: "a.b.c" }));
  };
  const source = identitySource(githubJob(), fetch);
  expect(await source?.fetchIdToken("x")).toBe("a.b.c");
  answer = (_request, response) => response.writeHead(400).end("secret words");
  await expect(source?.fetchIdToken("x")).rejects.toMatchObject({
    code: "identity-unavailable",
    details: { reason: "status 400" },
  });
  answer = (_request, response) => response.end("<html>");
  await expect(source?.fetchIdToken("x")).rejects.toMatchObject({
    code: "identity-unavailable",
    details: { reason: "its answer has no value" },
  });
});

test("a token that the configuration asked for goes before GitHub's; without either there is no source", async () => {
  const source = identitySource({ ...githubJob(), SHARDWRIGHT_ID_TOKEN: " d.e.f\n" }, fetch);
  expect(await source?.fetchIdToken("x")).toBe("d.e.f");
  expect(asked).toEqual([]);
  expect(identitySource({ SHARDWRIGHT_ID_TOKEN: "" }, fetch)).toBeUndefined();
  expect(identitySource({ ...githubJob(), ACTIONS_ID_TOKEN_REQUEST_TOKEN: "" }, fetch)).toBeUndefined();
  expect(identitySource({ ...githubJob(), ACTIONS_ID_TOKEN_REQUEST_URL: "no address" }, fetch)).toBeUndefined();
});

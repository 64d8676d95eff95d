import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { type Introduction, OutgoingLinks, acceptLink } from "./links.ts";

const log = pino({ level: "silent" });

/** What a door learns of a node that connects to it. */
async function introductionOf(address: string): Promise<{ node: string; introduction: Introduction; facts: number }> {
  const learned = Promise.withResolvers<{ node: string; introduction: Introduction; facts: number }>();
  const server = createServer();
  let last: Introduction | undefined;
  const door = {
    check: () => {},
    cluster: () => "cluster",
    learn: (_node: string, introduction: Introduction) => {
      last = introduction;
    },
    connected: (node: string, facts: number) => {
      if (last === undefined) learned.reject(new Error(`${node} was not introduced`));
      else learned.resolve({ node, introduction: last, facts });
      return () => {};
    },
    receive: () => {},
    refused: () => {},
    log,
  };
  server.on("upgrade", (request, socket, head) => acceptLink(door, request, socket, head));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const links = new OutgoingLinks({
    node: "b.00000001",
    cluster: () => "cluster",
    address: () => address,
    adminToken: "token",
    version: "2.0.0",
    facts: 5,
    certificates: undefined,
    clock: systemClock,
    log,
  });
  links.keep(new Set([`http://127.0.0.1:${(server.address() as AddressInfo).port}`]));
  try {
    return await learned.promise;
  } finally {
    links.close();
    server.close();
  }
}

test("a node says where it is and what it runs when it connects", async () => {
  const address = "http://127.0.0.1:7";
  expect(await introductionOf(address)).toEqual({
    node: "b.00000001",
    introduction: { address, version: "2.0.0" },
    facts: 5,
  });
});

test("one that connects before it listens says what it runs all the same", async () => {
  expect((await introductionOf("")).introduction).toEqual({ address: undefined, version: "2.0.0" });
});

import { mkdirSync, writeFileSync } from "node:fs";
import { request as requestHttps } from "node:https";
import { join } from "node:path";
import { connect, getCACertificates, setDefaultCACertificates, type TLSSocket } from "node:tls";
import { type ClusterStatus, type ErrorBody, clusterStatusSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { Agent, request } from "undici";
import type { Coordinator } from "../coordinator.ts";
import type { CertificateFiles } from "../security/certificates.ts";
import { makeCertificate, type TestCertificate } from "../testing/certificates.ts";
import { adminToken, start, stateDirOf, useMembers } from "../testing/members.ts";

useMembers();

const authority = makeCertificate({ name: "authority", isAuthority: true });
const other = makeCertificate({ name: "other authority", isAuthority: true });
const namesake = makeCertificate({ name: "authority", isAuthority: true });
const usages = ["serverAuth", "clientAuth"] as const;
const made = (by = authority, days?: readonly [number, number]): TestCertificate =>
  makeCertificate({ name: "coordinator", usages, ...(days !== undefined && { days }) }, by);

/** Writes them where the coordinator of this name finds them. */
function write(name: string, { cert, key }: TestCertificate, ca = authority.cert): CertificateFiles {
  const directory = join(stateDirOf(name), "tls");
  mkdirSync(directory, { recursive: true });
  const files = { cert: join(directory, "cert.pem"), key: join(directory, "key.pem"), clusterCa: join(directory, "ca.pem") };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  writeFileSync(files.clusterCa, ca);
  return files;
}

/** What somebody shows and trusts who speaks to a coordinator. */
interface Client {
  readonly shows?: TestCertificate;
  readonly trusts?: string;
  readonly token?: string;
  readonly headers?: Record<string, string>;
}

async function ask({ address }: Coordinator, method: "GET" | "POST", path: string, client: Client = {}, json?: unknown) {
  const { shows, trusts = authority.cert, token = adminToken, headers = {} } = client;
  const agent = new Agent({ connect: { ca: trusts, ...(shows && { cert: shows.cert, key: shows.key }) } });
  onTestFinished(() => agent.destroy());
  const { statusCode, body } = await request(`${address}${path}`, {
    dispatcher: agent,
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  const text = await body.text();
  return { status: statusCode, body: (text === "" ? {} : JSON.parse(text)) as Partial<ErrorBody> };
}

async function statusOf(coordinator: Coordinator, client: Client = {}): Promise<ClusterStatus> {
  return clusterStatusSchema.parse((await ask(coordinator, "GET", "/api/v1/cluster", client)).body);
}

/** Asks as a coordinator does for a connection to speak on. @returns what it is answered, 101 when it may */
function knock({ address }: Coordinator, { shows, trusts = authority.cert, token = adminToken }: Client): Promise<string> {
  return new Promise((resolve, reject) => {
    const knocking = requestHttps(new URL("/api/v1/cluster/link", address), {
      agent: false,
      ca: trusts,
      ...(shows && { cert: shows.cert, key: shows.key }),
      headers: {
        connection: "Upgrade",
        upgrade: "shardwright-cluster",
        authorization: `Bearer ${token}`,
        "shardwright-protocol": "1",
        "shardwright-cluster": "",
      },
    });
    knocking.on("upgrade", ({ statusCode }, socket) => {
      socket.destroy();
      resolve(String(statusCode));
    });
    knocking.on("response", (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve(`${response.statusCode} ${(JSON.parse(text) as ErrorBody).error.message}`));
    });
    knocking.on("error", reject);
    knocking.end();
  });
}

/** The serial number of the certificate that a coordinator shows on a new connection. */
function shownBy({ address }: Coordinator): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(address);
    const socket: TLSSocket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.serialNumber ?? "");
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** Connects, as one that shows a certificate or takes up an earlier session. @returns the session, and whether an earlier one was taken up */
function session({ address }: Coordinator, earlier?: Buffer): Promise<{ session: Buffer | undefined; isReused: boolean }> {
  const { cert, key } = made();
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    let given: Buffer | undefined;
    const shown = earlier === undefined ? { cert, key } : { session: earlier };
    const socket = connect({ host: hostname, port: Number(port), ca: authority.cert, ...shown });
    socket.on("session", (each) => (given = each));
    // Whatever a server gives it gives before it answers.
    socket.once("data", () => {
      resolve({ session: given, isReused: socket.isSessionReused() });
      socket.destroy();
    });
    socket.on("error", reject);
    socket.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
  });
}

/** Both speak to each other: the leader hears that the learner has everything. */
async function areJoined(leader: Coordinator, count: number, client: Client = {}): Promise<void> {
  await expect
    .poll(
      async () => {
        const { last, members } = await statusOf(leader, client);
        return members.filter(({ match }) => match === last).length;
      },
      { timeout: 20_000 },
    )
    .toBe(count);
}

test("coordinators show each other certificates; whoever has none, a good token or not, is nobody's coordinator", async () => {
  const first = await start("a", {}, { tlsFiles: write("a", made()) });
  const second = await start("b", { addresses: [first.address] }, { tlsFiles: write("b", made()) });
  const witness = await start("w", { addresses: [first.address], isWitness: true }, { tlsFiles: write("w", made()) });
  await areJoined(first, 3);

  // Clients need none, at whichever they ask: what another one hands on it hands on as a coordinator.
  for (const each of [first, second, witness]) {
    expect((await ask(each, "GET", "/healthz", { token: "" })).status).toBe(200);
    expect((await ask(each, "POST", "/api/v1/tokens", {}, { name: "reader", scope: "read" })).status).toBe(201);
  }

  const none =
    "403 This is for the coordinators of the cluster alone: whoever asks must show a certificate of its authority, and";
  expect(await knock(first, {})).toBe(`${none} it shows no certificate.`);
  for (const stranger of [made(other), made(namesake)])
    expect(await knock(first, { shows: stranger })).toBe(`${none} its certificate is signed by another authority.`);
  expect(await knock(first, { shows: made(authority, [-2, -1]) })).toBe(`${none} its certificate has expired.`);
  const serverOnly = makeCertificate({ name: "web", usages: ["serverAuth"] }, authority);
  expect(await knock(first, { shows: serverOnly })).toBe(`${none} its certificate is for servers alone.`);
  expect(await knock(first, { shows: made() })).toBe("101");
  expect(await knock(first, { shows: made(), token: "wrong" })).toMatch(/^401 /);

  // Who takes up an earlier session is not asked for a certificate again, and passes for whoever showed one then.
  const earlier = await session(first);
  if (earlier.session !== undefined) expect((await session(first, earlier.session)).isReused).toBe(false);

  const asForwarded = { headers: { "shardwright-forwarded": "1" } };
  const newcomer = { id: "c.00000001", address: "https://127.0.0.1:1" };
  for (const each of [first, second, witness]) {
    const answers = [
      await ask(each, "POST", "/api/v1/cluster/members", {}, newcomer),
      await ask(each, "GET", `/api/v1/cluster/snapshots/1/${"0".repeat(64)}`),
      await ask(each, "GET", `/api/v1/blobs/${"0".repeat(64)}`, asForwarded),
    ];
    expect(answers.map(({ status, body }) => [status, body.error?.code])).toEqual(answers.map(() => [403, "peer-untrusted"]));
  }
  expect((await statusOf(first)).members).toHaveLength(3);
  const asMember = await ask(first, "GET", `/api/v1/blobs/${"0".repeat(64)}`, { ...asForwarded, shows: made() });
  expect(asMember.body.error?.code).toBe("not-found");
});

test("certificates are renewed while coordinators run, and an authority that is replaced is trusted no longer", async () => {
  const both = authority.cert + other.cert;
  const a = await start("a", {}, { tlsFiles: write("a", made(), both) });
  const b = await start("b", { addresses: [a.address] }, { tlsFiles: write("b", made(), both) });
  await areJoined(a, 2);
  const before = await shownBy(a);
  const old = made();
  expect(await knock(a, { shows: old })).toBe("101");

  const trusts = both;
  for (const name of ["a", "b"]) write(name, made(other), other.cert);
  await expect.poll(() => shownBy(a), { interval: 200 }).not.toBe(before);
  await expect.poll(() => knock(a, { shows: old, trusts })).toContain("signed by another authority");
  await expect.poll(() => knock(b, { shows: made(other), trusts })).toBe("101");
  // What they open from now on works as well: a third one has not known anything else.
  await start("c", { addresses: [b.address] }, { tlsFiles: write("c", made(other), other.cert) });
  await areJoined(a, 3, { trusts });
});

test("certificates are asked for by one coordinator after the other: who does not ask shows its own all the same", async () => {
  // As NODE_EXTRA_CA_CERTS does it.
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, authority.cert]);
  onTestFinished(() => setDefaultCACertificates(before));
  const { clusterCa: _, ...files } = write("a", made());
  const a = await start("a", {}, { tlsFiles: files });
  await start("b", { addresses: [a.address] }, { tlsFiles: write("b", made()) });
  await areJoined(a, 2);
});

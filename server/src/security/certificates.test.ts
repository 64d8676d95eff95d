import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Clock } from "../clock.ts";
import { type CertificateRequest, makeCertificate, type TestCertificate } from "../testing/certificates.ts";
import { Certificates } from "./certificates.ts";

const authority = makeCertificate({ name: "authority", isAuthority: true });
let directory: string;
let logged: { msg: string; reason?: string; hint?: string }[];
let turn: () => void;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "certificates-"));
  logged = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Time passes when a test says so. */
const clock: Clock = {
  now_ms: () => Date.now(),
  monotonic_ms: () => 0,
  after: (_delay_ms, callback) => {
    turn = callback;
    return { cancel: () => (turn = () => undefined) };
  },
};
const log = pino({ level: "info" }, { write: (line: string) => void logged.push(JSON.parse(line) as (typeof logged)[number]) });
const pathOf = (name: string): string => join(directory, `${name}.pem`);

function write({ cert, key }: Pick<TestCertificate, "cert" | "key">, ca = authority.cert): void {
  for (const [name, text] of Object.entries({ cert, key, ca })) writeFileSync(pathOf(name), text);
}
const open = (): Certificates =>
  new Certificates({ files: { cert: pathOf("cert"), key: pathOf("key"), clusterCa: pathOf("ca") }, clock, log });
const made = (request: Partial<CertificateRequest> = {}, by = authority): TestCertificate =>
  makeCertificate({ name: "coordinator", ...request }, by);

test("files that have changed are taken up when they stand still", () => {
  const [first, second] = [made(), made()];
  write(first);
  const certificates = open();
  const told: string[] = [];
  certificates.onChange(({ cert }) => told.push(cert));
  turn();
  write(second);
  turn();
  expect(certificates.current.cert).toBe(first.cert);
  turn();
  expect(certificates.current).toEqual({ cert: second.cert, key: second.key, clusterCa: authority.cert });
  turn();
  expect(told).toEqual([second.cert]);
  expect(logged.map(({ msg }) => msg)).toEqual(["the certificates have changed: new connections use the new ones"]);
});

test("what is broken, or does not fit together, is warned of once, and what was there before stays", () => {
  const [first, second] = [made(), made()];
  write(first);
  const certificates = open();
  for (const broken of [
    { cert: second.cert, key: first.key },
    { cert: "half a certifi", key: first.key },
  ]) {
    write(broken);
    for (let times = 0; times < 4; times += 1) turn();
    expect(certificates.current.cert).toBe(first.cert);
  }
  rmSync(pathOf("key"));
  for (let times = 0; times < 4; times += 1) turn();
  expect(logged.map(({ msg }) => msg)).toEqual(
    Array.from({ length: 3 }, () => "the certificates have changed and cannot be used: those of before stay in use"),
  );
  expect(logged[2]?.reason).toContain("key.pem cannot be read");
  expect(logged[0]?.hint).toContain("--tls-key");
  write(second);
  for (let times = 0; times < 2; times += 1) turn();
  expect(certificates.current.cert).toBe(second.cert);
});

test("an authority in between stands in the certificate's file", () => {
  const between = makeCertificate({ name: "between", isAuthority: true }, authority);
  const leaf = made({}, between);
  write({ cert: leaf.cert + between.cert, key: leaf.key });
  open();
  write(leaf);
  expect(open).toThrow("is not signed by the cluster's authority");
});

test.each([
  [
    "of another authority",
    () => made({}, makeCertificate({ name: "authority", isAuthority: true })),
    "is not signed by the cluster's authority",
  ],
  ["signed by itself", () => makeCertificate({ name: "coordinator" }), "is not signed by the cluster's authority"],
  ["for servers alone", () => made({ usages: ["serverAuth"] }), "for servers alone"],
])("a certificate %s is refused at the start", (_what, make, message) => {
  write(make());
  expect(open).toThrow(message);
});

test("an authority that is none is refused at the start", () => {
  const own = made({ usages: ["serverAuth", "clientAuth"] });
  write(own, own.cert);
  expect(open).toThrow("may not sign others");
  write(own, "nothing");
  expect(open).toThrow("holds no PEM certificate");
});

test("one that has expired is used, and warned of", () => {
  write(made({ days: [-2, -1] }));
  open();
  expect(logged.map(({ msg }) => msg)).toEqual(["the certificate has expired: clients and other coordinators will refuse it"]);
});

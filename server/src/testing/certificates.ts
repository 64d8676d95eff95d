/** Certificates (RFC 5280) that a test makes for itself, with nothing but Node: no program need be there that makes them. */
import { type KeyObject, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

export interface CertificateRequest {
  readonly name: string;
  /** May sign others. */
  readonly isAuthority?: boolean;
  /** In days from now; one that is over has a negative end. */
  readonly days?: readonly [begin: number, end: number];
  /** What it is for; everything when absent. */
  readonly usages?: readonly ("serverAuth" | "clientAuth")[];
}

export interface TestCertificate {
  readonly name: string;
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

const day_ms = 86_400_000;
/** Where coordinators of tests are. */
const hosts = ["127.0.0.1", "localhost"];
const oids = {
  commonName: "550403",
  ecdsaWithSha256: "2a8648ce3d040302",
  basicConstraints: "551d13",
  subjectAltName: "551d11",
  extendedKeyUsage: "551d25",
  serverAuth: "2b06010505070301",
  clientAuth: "2b06010505070302",
} as const;

/** @param by who signs it; itself, when there is nobody */
export function makeCertificate(request: CertificateRequest, by?: TestCertificate): TestCertificate {
  const { name, isAuthority = false, days = [-1, 30], usages } = request;
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(objectId("ecdsaWithSha256"));
  const extensions = [
    extension("basicConstraints", sequence(...(isAuthority ? [der(0x01, Buffer.from([0xff]))] : []))),
    extension("subjectAltName", sequence(...hosts.map((host) => alternativeName(host)))),
    ...(usages === undefined ? [] : [extension("extendedKeyUsage", sequence(...usages.map((usage) => objectId(usage))))]),
  ];
  const [begin, end] = days.map((each) => time(new Date(Date.now() + each * day_ms)));
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    // Positive, and without leading zeros.
    der(0x02, Buffer.concat([Buffer.from([0x11]), randomBytes(8)])),
    algorithm,
    nameOf(by?.name ?? name),
    sequence(begin ?? Buffer.alloc(0), end ?? Buffer.alloc(0)),
    nameOf(name),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign("sha256", signed, by?.privateKey ?? privateKey);
  const whole = sequence(signed, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    name,
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    privateKey,
  };
}

/** One value as DER has it (X.690): what it is, how long it is, what it holds. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const objectId = (name: keyof typeof oids): Buffer => der(0x06, Buffer.from(oids[name], "hex"));
const nameOf = (name: string): Buffer => sequence(der(0x31, sequence(objectId("commonName"), der(0x0c, Buffer.from(name)))));
const extension = (name: keyof typeof oids, value: Buffer): Buffer => sequence(objectId(name), der(0x04, value));
const alternativeName = (host: string): Buffer =>
  isIP(host) === 0 ? der(0x82, Buffer.from(host)) : der(0x87, Buffer.from(host.split(".").map(Number)));
/** `YYMMDDhhmmssZ` */
const time = (date: Date): Buffer => der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replaceAll(/[-:T]/g, "")}Z`));

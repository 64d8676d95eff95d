import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock, Timer } from "../clock.ts";
import { authoritiesIn, certificatesIn, isSignedBy } from "./certificate-chain.ts";

/** Paths of PEM files. */
export interface CertificateFiles {
  /** The certificate and what it was signed by, up to its authority. */
  readonly cert: string;
  readonly key: string;
  /** Who signs the certificates of the cluster's coordinators, and of nobody else. */
  readonly clusterCa?: string;
}

/** What the files held when they were last whole and fit together. */
export interface CertificateSet {
  readonly cert: string;
  readonly key: string;
  readonly clusterCa?: string;
}

/** A change is taken up within twice this. */
const look_ms = 1000;
/** Extended key usage (RFC 5280, section 4.2.1.12): to be a client. */
const clientAuth = "1.3.6.1.5.5.7.3.2";

export interface CertificatesOptions {
  readonly files: CertificateFiles;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * A coordinator's certificate, its key and its cluster's authority, as the files have them: who renews a certificate replaces the files, and
 * nothing else. Files that are broken, or do not fit together, are warned of, and those of before stay in use.
 */
export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #listeners: ((current: CertificateSet) => void)[] = [];
  #current: CertificateSet;
  /** Of the files that were last read, whatever came of it. */
  #taken: string;
  #seen: string;
  #timer: Timer | undefined;

  /** @throws ShardwrightError `usage` for files that cannot be read, or used */
  constructor(options: CertificatesOptions) {
    this.#options = options;
    this.#taken = this.#stamp();
    this.#seen = this.#taken;
    this.#current = read(options.files);
    this.#warnIfOver();
    this.#lookLater();
  }

  get current(): CertificateSet {
    return this.#current;
  }

  onChange(listener: (current: CertificateSet) => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #lookLater(): void {
    this.#timer = this.#options.clock.after(look_ms, () => {
      this.#look();
      this.#lookLater();
    });
  }

  #look(): void {
    const stamp = this.#stamp();
    // Several files are replaced one after the other: they are read when they have stood still for a moment.
    const isStill = stamp === this.#seen;
    this.#seen = stamp;
    if (stamp === this.#taken || !isStill) return;
    this.#taken = stamp;
    const { files, log } = this.#options;
    try {
      this.#current = read(files);
    } catch (error) {
      log.warn(
        { reason: reasonOf(error), hint: error instanceof ShardwrightError ? error.hint : "" },
        "the certificates have changed and cannot be used: those of before stay in use",
      );
      return;
    }
    log.info({ valid_to: leafOf(this.#current).validTo }, "the certificates have changed: new connections use the new ones");
    this.#warnIfOver();
    for (const listener of this.#listeners) listener(this.#current);
  }

  #warnIfOver(): void {
    const { clock, log } = this.#options;
    const { validTo } = leafOf(this.#current);
    if (Date.parse(validTo) < clock.now_ms())
      log.warn({ valid_to: validTo }, "the certificate has expired: clients and other coordinators will refuse it");
  }

  /** What tells the files from others that take their place; a link is followed. */
  #stamp(): string {
    return Object.values(this.#options.files)
      .map((path: string) => {
        try {
          const { mtimeMs, size, ino } = statSync(path);
          return `${mtimeMs} ${size} ${ino}`;
        } catch (error) {
          return reasonOf(error);
        }
      })
      .join("; ");
  }
}

function leafOf({ cert }: CertificateSet): X509Certificate {
  return new X509Certificate(cert);
}

/** @throws ShardwrightError `usage` */
function read(files: CertificateFiles): CertificateSet {
  const cert = textOf(files.cert);
  const key = textOf(files.key);
  const remedy = "Give --tls-cert a PEM certificate chain and --tls-key the key that belongs to it.";
  try {
    createSecureContext({ cert, key });
    certificatesIn(cert);
  } catch (error) {
    const problem = `The TLS certificate or its key cannot be used: ${reasonOf(error)}.`;
    throw new ShardwrightError("usage", { problem, remedy }, { cause: error });
  }
  if (files.clusterCa === undefined) return { cert, key };
  const clusterCa = textOf(files.clusterCa);
  refuseForeign(cert, clusterCa, files);
  return { cert, key, clusterCa };
}

/** With a certificate that the others would refuse nothing could begin. */
function refuseForeign(cert: string, clusterCa: string, files: CertificateFiles): void {
  let authorities: readonly X509Certificate[];
  try {
    authorities = authoritiesIn(clusterCa);
  } catch (error) {
    throw new ShardwrightError(
      "usage",
      {
        problem: `${files.clusterCa ?? ""} is no certificate of an authority: ${reasonOf(error)}.`,
        remedy: "Give --cluster-ca the PEM certificate that the coordinators' certificates are signed by.",
      },
      { cause: error },
    );
  }
  const chain = certificatesIn(cert);
  if (!isSignedBy(chain, authorities))
    throw new ShardwrightError("usage", {
      problem: `The certificate in ${files.cert} is not signed by the cluster's authority in ${files.clusterCa ?? ""}: the other coordinators would refuse it.`,
      remedy: "Have it signed by the authority that --cluster-ca names, with those in between in the same file.",
    });
  // Without a list of what it is for, it is for everything.
  const usages = chain[0]?.keyUsage;
  if (usages !== undefined && usages.length > 0 && !usages.includes(clientAuth))
    throw new ShardwrightError("usage", {
      problem: `The certificate in ${files.cert} is for servers alone: coordinators are each other's clients as well.`,
      remedy: "Have it made with the extended key usages serverAuth and clientAuth.",
    });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ShardwrightError(
      "usage",
      { problem: `${path} cannot be read: ${reasonOf(error)}`, remedy: "Give a PEM file." },
      { cause: error },
    );
  }
}

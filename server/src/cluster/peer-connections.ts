import type { SecureContextOptions } from "node:tls";
import type { buildConnector as Connectors } from "undici";
import { buildConnector } from "./undici.ts";
import type { Certificates, CertificateSet } from "../security/certificates.ts";

/** What a coordinator shows another one, and whom it trusts; nothing where there is no TLS of its own. */
export function clientTlsOf(current: CertificateSet | undefined): SecureContextOptions {
  if (current === undefined) return {};
  const { cert, key, clusterCa } = current;
  return { cert, key, ...(clusterCa !== undefined && { ca: clusterCa }) };
}

/** Connects an undici agent to other coordinators, with the certificates as they are at that moment. */
export function connectorFor(certificates: Certificates | undefined, timeout_ms: number): Connectors.connector {
  let made: { readonly by: CertificateSet | undefined; readonly connect: Connectors.connector } | undefined;
  return (options, callback) => {
    const current = certificates?.current;
    if (made === undefined || made.by !== current)
      made = { by: current, connect: buildConnector({ timeout: timeout_ms, ...clientTlsOf(current) }) };
    made.connect(options, callback);
  };
}

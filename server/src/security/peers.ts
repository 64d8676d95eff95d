import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { ShardwrightError } from "@shardwright/core";

/** What OpenSSL calls the troubles that people meet, in words. */
const reasons: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by another authority",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is signed by another authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is signed by another authority",
  CERT_SIGNATURE_FAILURE: "its certificate is signed by another authority",
  INVALID_PURPOSE: "its certificate is for servers alone",
};

/** @returns undefined for a code that is about something else */
export function certificateTrouble(code: string): string | undefined {
  return reasons[code];
}

/**
 * Lets a connection pass that showed a certificate of the cluster's authority when it was made.
 * @throws ShardwrightError `peer-untrusted`
 */
export function refuseStranger(socket: Socket | Duplex): void {
  const reason = whyUntrusted(socket);
  if (reason !== undefined) throw new ShardwrightError("peer-untrusted", { reason });
}

function whyUntrusted(socket: Socket | Duplex): string | undefined {
  if (!(socket instanceof TLSSocket)) return "it does not speak TLS";
  // A connection may count as authorized without any, when it takes up an earlier one.
  if (socket.getPeerX509Certificate() === undefined) return "it shows no certificate";
  if (socket.authorized) return undefined;
  // Declared as an error, and a code in truth.
  const code = String(socket.authorizationError);
  return certificateTrouble(code) ?? `its certificate is not accepted (${code})`;
}

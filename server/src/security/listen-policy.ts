import { ShardwrightError } from "@shardwright/core";

export interface ListenOptions {
  readonly host: string;
  readonly hasTls: boolean;
  /** A proxy in front speaks TLS. */
  readonly trustedProxy: boolean;
  readonly insecure: boolean;
}

/** Tokens must not cross a network in the clear. @throws ShardwrightError `insecure-listen` */
export function refuseInsecureListen({ host, hasTls, trustedProxy, insecure }: ListenOptions): void {
  if (isLoopback(host) || hasTls || trustedProxy || insecure) return;
  throw new ShardwrightError("insecure-listen", { host });
}

/** Only addresses that no other machine can reach; a name such as `localhost.example` is not one. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

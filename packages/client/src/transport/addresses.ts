import { ShardwrightError } from "@shardwright/core";

/** One coordinator: its origin, and the path a proxy may have put in front of the API. */
export interface Address {
  readonly origin: string;
  readonly prefix: string;
  /** As it is shown to people. */
  readonly text: string;
}

/**
 * Reads coordinator addresses: `http://host:port`, `https://host/prefix` or `host:port`, which means http.
 * @throws ShardwrightError `usage` naming the first that cannot be one.
 */
export function readAddresses(texts: readonly string[]): Address[] {
  const addresses = texts.map((text) => text.trim()).filter((text) => text !== "");
  if (addresses.length === 0)
    throw new ShardwrightError("usage", {
      problem: "No coordinator address was given.",
      remedy: "Pass --coordinator http://HOST:PORT or set SHARDWRIGHT_COORDINATOR.",
    });
  return addresses.map(readAddress);
}

function readAddress(text: string): Address {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.parse(withScheme);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:") || url.username !== "" || url.search !== "")
    throw new ShardwrightError("usage", {
      // Without the password that may be in it.
      problem: `${text.replace(/\/\/[^/@]*@/, "//***@")} is not a coordinator's address.`,
      remedy: "Use http://HOST:PORT or https://HOST; the token goes into --api-key, not into the address.",
    });
  const prefix = url.pathname.replace(/\/+$/, "");
  return { origin: url.origin, prefix, text: url.origin + prefix };
}

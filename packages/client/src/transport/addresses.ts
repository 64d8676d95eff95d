import { ShardwrightError } from "@shardwright/core";

/** One coordinator: its origin, and the path a proxy may have put in front of the API. */
export interface Address {
  readonly origin: string;
  readonly prefix: string;
  /** As it is shown to people; two addresses with the same text are one. */
  readonly text: string;
}

/** More than a cluster ever has, with all the names it may be known under. */
const addressLimit = 64;

/**
 * Reads coordinator addresses: `http://host:port`, `https://host/prefix` or `host:port`, which means http. One that is named twice counts
 * once.
 * @throws ShardwrightError `usage` naming every one that cannot be an address.
 */
export function readAddresses(texts: readonly string[]): Address[] {
  const given = texts.map((text) => text.trim()).filter((text) => text !== "");
  if (given.length === 0)
    throw new ShardwrightError("usage", {
      problem: "No coordinator address was given.",
      remedy: "Pass --coordinator http://HOST:PORT or set SHARDWRIGHT_COORDINATOR.",
    });
  const problems = given.map(addressProblem).filter((problem) => problem !== undefined);
  if (problems.length > 0)
    throw new ShardwrightError("usage", {
      problem: problems.join("\n"),
      remedy: "Use http://HOST:PORT or https://HOST; the token goes into --api-key, not into the address.",
    });
  const addresses = new Map(given.flatMap((text) => readAddress(text) ?? []).map((address) => [address.text, address]));
  if (addresses.size > addressLimit)
    throw new ShardwrightError("usage", {
      problem: `${addresses.size} coordinator addresses were given.`,
      remedy: `Name at most ${addressLimit}.`,
    });
  return [...addresses.values()];
}

/** What is wrong with an address, in a sentence that names it without a password that may be in it. */
export function addressProblem(text: string): string | undefined {
  if (readAddress(text) !== undefined) return undefined;
  return `${text.replace(/\/\/[^/@]*@/, "//***@").slice(0, 200)} is not a coordinator's address.`;
}

/** The address that a text stands for; undefined when it cannot be one. */
export function readAddress(text: string): Address | undefined {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.parse(withScheme);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return undefined;
  const prefix = url.pathname.replace(/\/+$/, "");
  return { origin: url.origin, prefix, text: url.origin + prefix };
}

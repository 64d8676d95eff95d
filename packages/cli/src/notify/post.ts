import { HttpRefusal, type PoliteFetch } from "@shardwright/ci";
import { version } from "../version.ts";
import { printableLine } from "../view/text.ts";

const shown = 200;

export interface PostOptions {
  readonly fetch: PoliteFetch;
  readonly headers?: Readonly<Record<string, string>>;
  /** It does no harm to send it twice. */
  readonly repeatable: boolean;
}

/**
 * Posts JSON. What goes wrong is said without the address: of a hook, all behind the host is a secret.
 * @throws Error
 */
export async function postJson(url: URL, body: string, { fetch, headers = {}, repeatable }: PostOptions): Promise<void> {
  try {
    await fetch(url.href, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": `shardwright/${version}`, ...headers },
      body,
      repeatable,
    });
  } catch (error) {
    throw withoutAddress(url, error);
  }
}

function withoutAddress(url: URL, error: unknown): Error {
  if (!(error instanceof HttpRefusal)) return new Error(`${url.host} did not answer in time`);
  if (error.status === 0) return new Error(`${url.host} could not be reached: ${reasonOfRefusal(error)}`);
  const said = withoutSecrets(error.text.slice(0, 10_000), secretsOf(url)).replaceAll(/\s+/g, " ").trim();
  return new Error(`${url.host} answered with ${error.status}${said === "" ? "" : `: ${printableLine(said.slice(0, shown))}`}`);
}

/** The system's own word for it, such as ECONNREFUSED; its sentence may hold the address. */
function reasonOfRefusal({ cause }: HttpRefusal): string {
  for (let each: unknown = cause; each instanceof Error; each = each.cause) {
    const { code, name } = each as NodeJS.ErrnoException;
    if (typeof code === "string") return code;
    if (name === "TimeoutError") return "it took too long";
  }
  return "the connection broke";
}

function secretsOf(url: URL): string[] {
  const parts = [...url.pathname.split("/"), ...url.searchParams.values()];
  return [url.href, url.pathname, url.search, ...parts, ...parts.map(safelyDecoded)].filter((part) => part.length >= 6);
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, "***"), text);
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

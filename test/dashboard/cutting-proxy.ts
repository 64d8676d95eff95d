import { type IncomingMessage, type ServerResponse, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A proxy that lets no stream of events stand for long, and knows what was asked through it. */
export interface CuttingProxy {
  readonly address: string;
  /** How often this was asked for: the end of a path. */
  readonly asked: (end: string) => number;
  /** After which event each stream was asked for, in their order: the end of a path. */
  readonly askedAfter: (end: string) => readonly (string | undefined)[];
}

/** @param to the coordinator behind it @param after_ms how long a stream stands */
export async function startCuttingProxy(to: string, after_ms: number): Promise<CuttingProxy> {
  const requests: { readonly path: string; readonly after: string | undefined }[] = [];
  const { hostname, port } = new URL(to);
  const pass = (near: IncomingMessage, answer: ServerResponse): void => {
    const { method, headers, url } = near;
    const after = headers["last-event-id"];
    requests.push({ path: new URL(url ?? "/", to).pathname, after: typeof after === "string" ? after : undefined });
    const far = request({ hostname, port, path: url, method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
      if (response.headers["content-type"]?.startsWith("text/event-stream") === true)
        setTimeout(() => answer.destroy(), after_ms);
    });
    far.on("error", () => answer.destroy());
    answer.on("close", () => far.destroy());
    near.pipe(far);
  };
  const server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: (end) => requests.filter(({ path }) => path.endsWith(end)).length,
    askedAfter: (end) => requests.flatMap(({ path, after }) => (path.endsWith(end) ? [after] : [])),
  };
}

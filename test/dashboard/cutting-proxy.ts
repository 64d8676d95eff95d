import { type IncomingMessage, type ServerResponse, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A proxy that lets no stream of events stand for long, and knows what was asked through it. */
export interface CuttingProxy {
  readonly address: string;
  /** How often this was asked for: the end of a path. */
  readonly asked: (end: string) => number;
}

/** @param to the coordinator behind it @param after_ms how long a stream stands */
export async function startCuttingProxy(to: string, after_ms: number): Promise<CuttingProxy> {
  const paths: string[] = [];
  const { hostname, port } = new URL(to);
  const pass = (near: IncomingMessage, answer: ServerResponse): void => {
    paths.push(new URL(near.url ?? "/", to).pathname);
    const { method, headers, url } = near;
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
    asked: (end) => paths.filter((path) => path.endsWith(end)).length,
  };
}

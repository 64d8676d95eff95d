import { type IncomingMessage, type ServerResponse, request } from "node:http";

/** As proxies do it: what is below the prefix is passed on without it. */
export function passOn(prefix: string, to: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { url = "/", method, headers } = incoming;
  if (!url.startsWith(`${prefix}/`)) return void outgoing.writeHead(404).end("not the dashboard");
  const onward = request(`${to}${url.slice(prefix.length)}`, { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  outgoing.on("close", () => onward.destroy());
  incoming.pipe(onward);
}

import { Socket } from "node:net";
import type { HostMessage } from "../../process/warm-session.ts";

/**
 * The way out of a process that runs tests. A stream, because test code replaces functions of `node:fs` and what lies under them; it
 * writes at once, so that nothing is lost when the process ends next.
 */
const socket = new Socket({ fd: 4, readable: false, writable: true });
(socket as { _handle?: { setBlocking?(on: boolean): void } })._handle?.setBlocking?.(true);
// The parent is gone: the end of the requests says so, too.
socket.on("error", () => {});

export function send(message: HostMessage | object): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

import { writeSync } from "node:fs";
import { Socket } from "node:net";
import type { SessionTask } from "../runner.ts";
import type { HostMessage } from "./warm-session.ts";
import { readJsonLines } from "./json-lines.ts";

export { chosenCases, type ChosenCases } from "./case-choice.ts";
export { cut } from "./cut.ts";

/**
 * The child's end of the channel that `startChild({ channel: true })` opens: JSON lines come on descriptor 3 and go out on 4.
 * Imports nothing that is slow to load: each warm process waits for it.
 */

/** What a host is told. */
export type HostRequest = ({ readonly type: "run" } & SessionTask) | { readonly type: "exit" };

/** What a host is told that can break off the file it runs. */
export type InterruptibleRequest = HostRequest | { readonly type: "interrupt" };

/** How often a full pipe is tried again before the message is given up: the parent is gone or stuck then. */
const writeAttemptLimit = 1_000_000;

/**
 * Sends at once and in order, so that nothing is lost when the process ends next.
 * @param address for a parent that has several listeners: stands before the message, with a space between
 */
export function sendToParent(message: HostMessage | object, address?: string): void {
  const bytes = Buffer.from(`${address === undefined ? "" : `${address} `}${JSON.stringify(message)}\n`);
  let sent = 0;
  for (let attempt = 0; sent < bytes.length && attempt < writeAttemptLimit; attempt++) {
    try {
      sent += writeSync(4, bytes, sent);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Nobody is left to be told; the end of the other pipe says so, and that it is time to clear up.
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
    }
  }
}

/**
 * Calls back with each request; an end of the stream is the parent's end, and asks to exit.
 * @param onOrphaned what is done first where the parent ended without having asked for that
 * @returns the stream, which keeps the process from ending while nothing else does
 */
export function onRequest<Request extends { readonly type: string } = HostRequest>(
  callback: (request: Request | { readonly type: "exit" }) => void,
  onOrphaned: () => void = () => {},
): Pick<Socket, "ref" | "unref"> {
  const socket = new Socket({ fd: 3, readable: true, writable: false });
  let isAsked = false;
  const exit = () => {
    if (!isAsked) onOrphaned();
    isAsked = true;
    callback({ type: "exit" });
  };
  socket.on("end", exit);
  socket.on("error", exit);
  readJsonLines(
    socket,
    (message) => {
      const request = message as Request;
      if (request.type === "exit") isAsked = true;
      callback(request);
    },
    (line) => {
      throw new Error(`The parent sent a line that is no JSON: ${line}`);
    },
  );
  return socket;
}

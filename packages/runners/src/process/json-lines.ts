import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** A line longer than this is not a message but a fault; the stream is then given up. */
const lineLimit = 16 * 1024 * 1024;

/** Calls back with each line that is not empty, without its end. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    rest += decoder.write(chunk);
    for (let end = rest.indexOf("\n"); end !== -1; end = rest.indexOf("\n")) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      if (line.trim() !== "") onLine(line);
    }
    if (rest.length > lineLimit) {
      rest = "";
      stream.destroy(new Error(`a message of more than ${lineLimit} characters`));
    }
  });
}

/** Calls back with each line of JSON; what is not JSON goes to `onGarbage`, cut to 200 characters. */
export function readJsonLines(stream: Readable, onMessage: (message: unknown) => void, onGarbage: (line: string) => void): void {
  readLines(stream, (line) => {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      onGarbage(line.slice(0, 200));
      return;
    }
    onMessage(message);
  });
}

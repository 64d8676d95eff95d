import { fileURLToPath } from "node:url";

const frame = /^\s*at (?:.*\()?((?:file:\/\/)?[^()]+?):(\d+):\d+\)?$/;

/** The line of the first frame of a stack that lies in this file, from 1. @param path absolute */
export function lineOf(stack: unknown, path: string): number | undefined {
  if (typeof stack !== "string") return undefined;
  for (const text of stack.split("\n")) {
    const [, place = "", line] = frame.exec(text) ?? [];
    if (place === path || (place.startsWith("file://") && pathOfUrl(place) === path)) return Number(line);
  }
  return undefined;
}

type Prepare = (error: Error, trace: NodeJS.CallSite[]) => unknown;
interface Preparing {
  prepareStackTrace?: Prepare | undefined;
}

/**
 * The same of an error whose stack nobody needs any more. Jest looks up every frame of a stack in the source maps, and reads them anew for
 * each: several times the cost of the one frame that matters here, which is all that this leaves of the stack.
 * @param realm the global object of where the error was made; Node asks it how to write the stack, and else this process's own
 */
export function lineOfSpent(error: Error | undefined, path: string, realm: object): number | undefined {
  const isHere = (site: NodeJS.CallSite) => {
    const name = site.getFileName();
    return name === path || (name?.startsWith("file://") === true && pathOfUrl(name) === path);
  };
  const changed: (() => void)[] = [];
  for (const own of [(realm as { Error?: Preparing }).Error, Error]) {
    const prepare = own?.prepareStackTrace;
    if (own === undefined || typeof prepare !== "function") continue;
    const short: Prepare = (failure, trace) => prepare.call(own, failure, trace.filter(isHere).slice(0, 1));
    // One that a test has made unchangeable stays as it is.
    if (Reflect.set(own, "prepareStackTrace", short)) changed.push(() => (own.prepareStackTrace = prepare));
  }
  try {
    return lineOf(error?.stack, path);
  } finally {
    for (const undo of changed) undo();
  }
}

function pathOfUrl(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    // Not a file on this machine.
    return undefined;
  }
}

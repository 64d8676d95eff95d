// Runs one file with node:test: started ahead of time, it waits on descriptor 3 for the file's path, runs it as the program's entry
// point and tells on descriptor 4, a line of JSON each, what node:test reports. Also the reporter that node:test loads to that end, which it
// does in front of the program where what is imported before has hooks.
// Plain JavaScript, and small: every test file pays for what is loaded here, and stripping types alone would double it.
import { writeSync } from "node:fs";
import Module, { runMain } from "node:module";
import { Socket } from "node:net";
import { Transform } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect, stripVTControlCharacters } from "node:util";
// Loaded while the process waits, not when the file asks for it.
import "node:test";

const textLimit = 60_000;
const nameLimit = 4000;
/** How often a full pipe is tried again before the message is given up: the parent is gone or stuck then. */
const writeAttemptLimit = 1_000_000;
const told = [
  "test:enqueue",
  "test:start",
  "test:dequeue",
  "test:complete",
  "test:pass",
  "test:fail",
  "test:diagnostic",
  "test:summary",
];

// A test that forks passes our options on, so that this module is loaded there too, where descriptor 4 is not ours.
const isOurs = process.argv[1] === fileURLToPath(new URL("./test-entry.mjs", import.meta.url));

/** Passes nothing on: what node:test emits is told at once, so that it is not lost when a test ends the process. */
const reporter = new Transform({ writableObjectMode: true, transform: (_event, _encoding, done) => done() });
reporter.on("pipe", (source) => {
  if (!isOurs) return;
  for (const name of told) source.on(name, (data) => send(describeEvent(name.slice("test:".length), data)));
});
export default reporter;

export function serve() {
  const socket = new Socket({ fd: 3, readable: true, writable: false });
  // The end of the parent is the end of the test.
  socket.on("end", () => process.exit(1));
  socket.on("error", () => process.exit(1));
  let request = "";
  socket.setEncoding("utf8").on("data", (text) => {
    request += text;
    if (!request.endsWith("\n")) return;
    socket.removeAllListeners("data");
    socket.unref();
    run(JSON.parse(request).path);
  });
  send({ type: "ready" });
}

function run(path) {
  let isLoaded = false;
  process.once("exit", () => send({ type: "exit", isLoaded }));
  process.once("uncaughtExceptionMonitor", (error) => send({ type: "uncaught", error: describeError(error) }));
  process.argv[1] = path;
  runMain(path);
  if (hasRunAsCommonJs(Module._cache[path])) isLoaded = true;
  // The loader knows the module already, and only tells when its top level is done; how it fails is seen by whoever runs it.
  else import(pathToFileURL(path).href).then(() => (isLoaded = true)).catch(() => {});
}

/**
 * Whether all of a module's top level has run. A file that names no format begins as CommonJS, and is kept in that cache although it turned
 * out to be ESM and runs on; only Node's own mark on a module that executes tells, where there is one.
 */
function hasRunAsCommonJs(module) {
  if (module === undefined) return false;
  const isMarked = (one) => Object.getOwnPropertySymbols(one).some(({ description }) => description === "kIsExecuting");
  const known = new Module("known");
  known._compile("", import.meta.filename);
  return isMarked(module) || !isMarked(known);
}

function describeEvent(type, data) {
  const { details, name, message } = data;
  return {
    type,
    id: data.testId,
    parent: data.parentId,
    nesting: data.nesting,
    ...(name === undefined ? {} : { name: cut(name, nameLimit) }),
    ...(message === undefined ? {} : { message: cut(message, nameLimit) }),
    kind: details?.type,
    duration_ms: details?.duration_ms,
    file: data.file,
    line: data.line,
    skip: data.skip,
    todo: data.todo,
    expectFailure: data.expectFailure,
    success: data.success,
    ...(details?.error === undefined ? {} : { error: describeError(details.error) }),
  };
}

/** Node:test wraps what a test threw: the wrapper says how it failed, its cause why. */
function describeError(error) {
  const isWrapped = error?.code === "ERR_TEST_FAILURE" && error.cause !== undefined;
  const thrown = isWrapped ? error.cause : error;
  const how = isWrapped ? error.failureType : undefined;
  const said = thrown instanceof Error ? thrown.message || thrown.name : typeof thrown === "string" ? thrown : inspect(thrown);
  const prefix = how === "hookFailed" ? `${error.message}: ` : "";
  return { how, message: cut(prefix + said, textLimit), details: cut(inspect(thrown), textLimit) };
}

function cut(value, limit) {
  const text = stripVTControlCharacters(String(value));
  if (text.length <= limit) return text;
  const end = /[\uD800-\uDBFF]/.test(text[limit - 1]) ? limit - 1 : limit;
  return `${text.slice(0, end)}\n… ${text.length - end} more characters`;
}

/** At once and in order. */
function send(message) {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  let sent = 0;
  for (let attempt = 0; sent < bytes.length && attempt < writeAttemptLimit; attempt++) {
    try {
      sent += writeSync(4, bytes, sent);
    } catch (error) {
      if (error.code !== "EAGAIN") return;
    }
  }
}

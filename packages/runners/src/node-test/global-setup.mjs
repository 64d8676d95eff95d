// Holds what `--test-global-setup` sets up for all files: told on descriptor 3 to run it, it says on descriptor 4 what it changed in the
// environment. Plain JavaScript, as whichever Node the project has runs it.
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const before = { ...process.env };
const wordsLimit = 3900;
/** What is to be torn down: nothing that was not set up well. */
let teardown;
let last = Promise.resolve();

const socket = new Socket({ fd: 3, readable: true, writable: false });
socket.on("error", () => {});
createInterface({ input: socket })
  .on("line", (line) => {
    const request = JSON.parse(line);
    last = last.then(() => (request.type === "run" ? setUp(request.id) : request.type === "exit" ? tearDown() : undefined));
  })
  .on("close", () => {
    last = last.then(tearDown);
  });

async function setUp(id) {
  send({ type: "started", id });
  try {
    const { globalSetup, globalTeardown } = await import(pathToFileURL(resolve(process.argv[2])).href);
    await globalSetup?.();
    teardown = globalTeardown;
    send({ type: "notice", value: { environment: changes() } });
    send({ type: "finished", id, result: { outcome: "passed" } });
  } catch (error) {
    const message = `What is set up for all files failed: ${textOf(error)}`.slice(0, wordsLimit);
    send({ type: "finished", id, result: { outcome: "errored", failure: { kind: "setup-error", message } } });
  }
}

async function tearDown() {
  try {
    await teardown?.();
  } catch (error) {
    send({
      type: "closed",
      failure: `What was set up for all files could not be torn down. ${textOf(error)}`.slice(0, wordsLimit),
    });
  }
  process.exit(0);
}

function changes() {
  const found = {};
  for (const [name, value] of Object.entries(process.env)) if (before[name] !== value) found[name] = value;
  for (const name of Object.keys(before)) if (process.env[name] === undefined) found[name] = null;
  return found;
}

function textOf(error) {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function send(message) {
  writeSync(4, `${JSON.stringify(message)}\n`);
}

// A test framework whose files are scripts: each argument of a task is one step. Used with WarmSession.
import { appendFileSync, existsSync, writeFileSync, writeSync } from "node:fs";
import { Socket } from "node:net";

const say = (message) => writeSync(4, `${JSON.stringify(message)}\n`);
const queue = [];
let busy = false;

async function fileAppears(path) {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function run({ id, args }) {
  // As a runner that has to set something up before its first file.
  if (args[0] === "never begin") await new Promise(() => {});
  say({ type: "started", id });
  let outcome = "passed";
  let failure;
  for (const step of args) {
    const [verb, ...rest] = step.split(" ");
    const text = rest.join(" ");
    if (verb === "case") say({ type: "case", id, result: { path: [text], status: "passed", duration_ms: 1 } });
    if (verb === "cases")
      for (let n = 0; n < Number(text); n += 1)
        say({ type: "case", id, result: { path: [`case ${n}`], status: "passed", duration_ms: 1 } });
    if (verb === "fail") {
      say({ type: "case", id, result: { path: ["fails"], status: "failed", duration_ms: 1, message: text, details: text } });
      outcome = "failed";
    }
    if (verb === "complete") failure = { kind: "assertion", message: text, complete: true };
    if (verb === "print") writeSync(1, text);
    if (verb === "hex") writeSync(1, Buffer.from(text, "hex"));
    if (verb === "env")
      say({ type: "case", id, result: { path: [text, process.env[text] ?? "absent"], status: "passed", duration_ms: 1 } });
    if (verb === "pid")
      say({ type: "case", id, result: { path: ["pid", String(process.pid)], status: "passed", duration_ms: 1 } });
    if (verb === "exit") process.exit(Number(text));
    if (verb === "deaf") process.on("SIGTERM", () => {});
    if (verb === "wait") await new Promise(() => {});
    // Waits for a file, so that a test decides when it goes on.
    if (verb === "touch") writeFileSync(text, "");
    if (verb === "keep") writeFileSync(`${process.env.SHARDWRIGHT_ARTIFACTS_DIR}/${text}`, `${id}`);
    if (verb === "measure") appendFileSync(process.env.SHARDWRIGHT_METRICS, `${text}\n`);
    if (verb === "until") await fileAppears(text);
  }
  // Lets what was printed arrive before the end is told on the other pipe.
  await new Promise((resolve) => setTimeout(resolve, 20));
  say({ type: "finished", id, result: { outcome, failure } });
}

async function work() {
  if (busy) return;
  busy = true;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) await run(next);
  busy = false;
}

let rest = "";
const input = new Socket({ fd: 3, readable: true, writable: false });
input.on("data", (chunk) => {
  rest += chunk;
  const lines = rest.split("\n");
  rest = lines.pop();
  for (const line of lines) {
    const message = JSON.parse(line);
    if (message.type === "exit") process.exit(0);
    queue.push(message);
  }
  void work();
});
input.on("end", () => process.exit(0));
// Pending work alone does not keep a process alive.
setInterval(() => {}, 1000);

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runToEnd, until } from "../processes.ts";
import { testOf, useSuite } from "./suite.ts";

// Daemons that tests leave behind: deaf to SIGTERM, with our pipes in their hands. Each stays connected here for as long as it lives, and
// ends when it is let go.
const { folder, write, report } = useSuite();
const living = new Map<string, Socket>();
let server: Server;
let port: number;

beforeEach(async () => {
  server = createServer((socket) => {
    let name = "";
    socket.on("error", () => {});
    socket.once("data", (chunk) => living.set((name = chunk.toString()), socket));
    socket.on("close", () => living.delete(name));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  for (const socket of living.values()) socket.destroy();
  server.close();
  await once(server, "close");
});

describe.skipIf(process.platform === "win32")("what tests leave behind", () => {
  test("node:test: a daemon in the group is ended, one out of reach keeps nothing from ending", async () => {
    const daemon = (name: string) => `const socket = require("node:net").connect(${port}, "127.0.0.1", () => {
      socket.write("${name}", () => { process.send("up"); process.disconnect(); });
    });
    process.on("SIGTERM", () => {});
    socket.on("close", () => process.exit());`;
    const leaving = (name: string, how: string, then = "") =>
      testOf(
        `const daemon = spawn(process.execPath, ["-e", ${JSON.stringify(daemon(name))}], ${how});
        await once(daemon, "disconnect");
        daemon.unref();
        ${then}`,
        'import { once } from "node:events"; import { spawn } from "node:child_process";',
      );
    const printing = '["ignore", "inherit", "inherit", "ipc"]';
    write("group.test.js", leaving("group", `{ stdio: ${printing} }`));
    write("session.test.js", leaving("session", `{ stdio: ${printing}, detached: true }`));
    // Descriptors 3 and 4 are how the test process and its worker speak.
    const all = '["ignore", "inherit", "inherit", 3, 4, "ipc"]';
    write("all-pipes.test.js", leaving("all-pipes", `{ stdio: ${all}, detached: true }`));
    write("bad.test.js", leaving("bad", `{ stdio: ${all}, detached: true }`, 'throw new Error("as intended");'));
    const { code, output } = await runToEnd(["run", "--workers", "2", "--max-retries", "0"], { cwd: folder() });
    expect(output).toContain("4 discovered = 3 passed + 1 failed");
    expect(code).toBe(1);
    expect(report().tasks.flatMap(({ attempts }) => attempts.flatMap(({ cases }) => cases))).toHaveLength(4);
    await until("the end of the daemon in the group", async () => !living.has("group"));
    expect([...living.keys()].toSorted()).toEqual(["all-pipes", "bad", "session"]);
  });

  const python = ["/usr/bin/python3", "python3"].find((name) => spawnSync(name, ["-c", "import pytest"]).status === 0);
  test.for<{ how: string; environment: Record<string, string> }>([
    { how: "forked off one that has imported it", environment: {} },
    // Coverage asks to see the process from its start: it is started in the usual way then.
    { how: "started afresh", environment: { COVERAGE_PROCESS_CONFIG: "" } },
  ])("pytest, $how: a daemon by two forks, with every descriptor there is", async ({ how, environment }, { skip }) => {
    skip(python === undefined, "no Python here has pytest");
    write(
      "test_daemon.py",
      `import os, signal, socket

def test_daemon():
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            server = socket.create_connection(("127.0.0.1", ${port}))
            server.sendall(b"${how}")
            os.write(write, b"1")
            server.recv(1)
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1) == b"1"
`,
    );
    write("test_next.py", "def test_next(): pass\n");
    write(
      "shardwright.config.json",
      JSON.stringify({ suites: [{ name: "python", runner: "pytest", directory: ".", options: { python } }] }),
    );
    const { code, output } = await runToEnd(["run", "--workers", "1"], { cwd: folder(), environment });
    expect(output).toContain("2 discovered = 2 passed");
    expect(code).toBe(0);
    expect([...living.keys()]).toEqual([how]);
  });
});

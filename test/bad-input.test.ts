import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort, runToEnd, start, until } from "./processes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-input-"));
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  write("a.test.js", 'import test from "node:test";\ntest("works", () => {});\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

async function refused(args: readonly string[], message: string, options: Parameters<typeof runToEnd>[1] = {}): Promise<void> {
  const { code, output } = await runToEnd(args, { cwd: folder, ...options });
  expect(output).toContain(message);
  expect(output).not.toContain("fault in Shardwright");
  expect(code).toBe(2);
}

test("a file where the state should be", async () => {
  await refused(["run", "--state-dir", "package.json"], "--state-dir");
  await refused(["coordinator", "--port", "0", "--state-dir", "package.json/below"], "--state-dir");
  write(".shardwright", "");
  await refused(["run"], ".shardwright");
});

test.skipIf(process.platform === "win32")("a test file that is a link to nowhere", async () => {
  symlinkSync("nowhere", join(folder, "b.test.js"));
  await refused(["run"], "b.test.js");
});

test("a configuration that lies somewhere else", async () => {
  write("conf/shared.json", JSON.stringify({ maxRetries: 1 }));
  write("web/package.json", JSON.stringify({ scripts: { test: "node --test" } }));
  await refused(["run", "--config", "../conf/shared.json"], "is not below", { cwd: join(folder, "web") });
});

test("GitLab's variables, when they are no numbers", async () => {
  await refused(["split", "--json"], "CI_NODE_TOTAL is 0", { environment: { CI_NODE_TOTAL: "0" } });
  await refused(["split", "--total", "2"], "CI_NODE_INDEX is one", { environment: { CI_NODE_INDEX: "one" } });
});

test("a coordinator that lacks what its flags need", async () => {
  const place = ["coordinator", "--port", "0", "--state-dir", "state"];
  await refused([...place, "--cluster-ca", "ca.pem"], "--cluster-ca needs --tls-cert and --tls-key");
  await refused([...place, "--witness"], "cannot found a cluster");
});

test("what a coordinator is asked for, by the name of its flag", async () => {
  const port = await freePort();
  const token = "admin-token-of-this-test-0123456789abcdef";
  const environment = {
    SHARDWRIGHT_ADMIN_TOKEN: token,
    SHARDWRIGHT_API_KEY: token,
    SHARDWRIGHT_COORDINATOR: `http://127.0.0.1:${port}`,
  };
  const coordinator = start(["coordinator", "--port", String(port), "--state-dir", "state"], {
    cwd: folder,
    environment: { SHARDWRIGHT_ADMIN_TOKEN: token },
  });
  try {
    await until("the coordinator", async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
    await refused(["runs", "--limit", "many"], "--limit", { environment });
    await refused(["runs", "show", "no-run"], "a run id looks like", { environment });
    const task = ["task", "create", "--name", "x", "--runner", "node-test"];
    await refused([...task, "--test-file", "../a.test.js"], "--test-file: use a path relative", { environment });
    await refused([...task, "--test-file", "a.test.js", "--type", "odd"], "--type", { environment });
  } finally {
    coordinator.child.kill("SIGKILL");
    await coordinator.exited;
  }
});

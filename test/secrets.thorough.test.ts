import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runToEnd } from "./processes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-secrets-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const environment = {
  SHARDWRIGHT_API_KEY: "swt_of-a-ci-job-0123456789",
  SHARDWRIGHT_ADMIN_TOKEN: "admin-token-0123456789-0123456789-0123456789",
  SHARDWRIGHT_CI_TOKEN: "glpat-0123456789-0123456789",
  DEPLOY_TOKEN: "deploy-0123456789",
};

/** A project whose configuration, which is loaded to list the tests, does as told. */
function vitestProject(body: string): void {
  write("package.json", JSON.stringify({ type: "module" }));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(import.meta.dirname, "..", "node_modules", "vitest"), join(folder, "node_modules", "vitest"), "junction");
  write("vitest.config.mjs", `import { writeFileSync } from "node:fs";\n${body}\nexport default { test: {} };\n`);
  write("a.test.mjs", 'import { expect, test } from "vitest";\ntest("adds", () => expect(1 + 1).toBe(2));\n');
}

test("listing the tests runs the project's code without our tokens", async () => {
  vitestProject('writeFileSync("seen.json", JSON.stringify(process.env));');
  for (const command of [["run", "--workers", "1"], ["split", "--total", "1", "--index", "0"], ["doctor"]]) {
    rmSync(join(folder, "seen.json"), { force: true });
    await runToEnd(command, { cwd: folder, environment });
    expect(existsSync(join(folder, "seen.json")), command[0]).toBe(true);
    const seen = readFileSync(join(folder, "seen.json"), "utf8");
    expect(seen).not.toContain(environment.SHARDWRIGHT_API_KEY);
    expect(seen).not.toContain(environment.SHARDWRIGHT_ADMIN_TOKEN);
    expect(seen).not.toContain(environment.SHARDWRIGHT_CI_TOKEN);
    // The tests' own surroundings are theirs.
    expect(seen).toContain(environment.DEPLOY_TOKEN);
  }
});

test("a framework that cannot list its tests is quoted without secrets", async () => {
  vitestProject("throw new Error(`no such host: ${process.env.DEPLOY_TOKEN}`);");
  for (const command of [["run"], ["doctor", "--json"]]) {
    const { code, output } = await runToEnd(command, { cwd: folder, environment });
    expect(output).toContain("no such host: ***");
    expect(output).not.toContain(environment.DEPLOY_TOKEN);
    expect(code).toBe(2);
  }
});

test("a password in a coordinator's address is not printed", async () => {
  const address = "http://me:pass-0123456789@127.0.0.1:1";
  const { code, output } = await runToEnd(["runs", "--coordinator", address, "--api-key", "x"]);
  expect(output).toContain("is not a coordinator's address");
  expect(output).not.toContain("pass-0123456789");
  expect(code).toBe(2);
});

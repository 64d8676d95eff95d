import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ShardwrightError, type Lease, type Workspace } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packBundle } from "./bundle/pack.ts";
import { Workspaces, type Place, type WorkspacesOptions } from "./workspaces.ts";

let root: string;
let repository: string;
let open: Workspaces[];
const blobs = new Map<string, Uint8Array>();
const never = new AbortController().signal;
const suite = { name: "s", runner: "r", directory: ".", options: {} };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "workspaces-"));
  repository = join(root, "repository");
  open = [];
  mkdirSync(repository);
  git("init", "-q", "-b", "main");
});
afterEach(async () => {
  await Promise.all(open.map((workspaces) => workspaces.close()));
  rmSync(root, { recursive: true, force: true });
});

function git(...args: string[]): string {
  const identity = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "protocol.file.allow=always"];
  return execFileSync("git", [...identity, ...args], { cwd: repository, stdio: "pipe", encoding: "utf8" }).trim();
}

function commit(files: Readonly<Record<string, string | undefined>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, name)), { recursive: true });
    if (content === undefined) rmSync(join(repository, name));
    else writeFileSync(join(repository, name), content);
  }
  git("add", "-A");
  git("commit", "-qm", "x");
  return git("rev-parse", "HEAD");
}

function start(options: Partial<WorkspacesOptions> = {}): Workspaces {
  const workspaces = new Workspaces({
    root: join(root, "worker"),
    quota_bytes: 1e9,
    quiet_ms: 0,
    ephemeral: false,
    environment: process.env as Record<string, string>,
    client: {
      async getBlob(sha256) {
        const content = blobs.get(sha256);
        if (content === undefined) throw new ShardwrightError("not-found", { what: `blob ${sha256}` });
        return Buffer.from(content);
      },
    },
    ...options,
  });
  open.push(workspaces);
  return workspaces;
}

type Remote = Extract<Workspace, { kind: "git" | "bundle" }>;
const run = (letter: string) => `r-${letter.repeat(16)}`;
const at = (hash: string, setup?: Partial<NonNullable<Remote["setup"]>>): Remote => ({
  kind: "git",
  url: pathToFileURL(repository).href,
  commit: hash,
  directory: ".",
  ...(setup && { setup: { command: "true", lock_files: ["lock"], timeout_ms: 60_000, ...setup } }),
});
const acquire = (workspaces: Workspaces, letter: string, workspace: Lease["workspace"]): Promise<Place> =>
  workspaces.acquire({ run: run(letter), workspace, suite }, never);
const read = (place: Place, name: string) => readFileSync(join(place.path, name), "utf8");

test("a commit is checked out once for all leases of a run, and apart for a run at the same time", async () => {
  const hash = commit({ "a.txt": "one", "deep/b.txt": "two" });
  const workspaces = start();
  const [first, second, other] = await Promise.all([
    acquire(workspaces, "a", at(hash)),
    acquire(workspaces, "a", at(hash)),
    acquire(workspaces, "b", at(hash)),
  ]);
  expect(first.path).toBe(second.path);
  expect(other.path).not.toBe(first.path);
  expect(read(first, "deep/b.txt")).toBe("two");
  expect(execFileSync("git", ["rev-parse", "HEAD"], { cwd: first.path, encoding: "utf8" }).trim()).toBe(hash);
});

test("the next run gets a checkout as it was before the first one, and its setup is not repeated while the lock file is the same", async () => {
  const log = join(root, "setups");
  const setup = { command: `echo ran >> '${log}' && mkdir -p modules && echo "$(cat lock)" > modules/installed` };
  const one = commit({ ".gitignore": "modules\n", lock: "1", "a.txt": "one", "old.txt": "old" });
  const two = commit({ "a.txt": "two", "old.txt": undefined, "new/c.txt": "new" });
  const three = commit({ lock: "3" });
  const setups = () => readFileSync(log, "utf8").trim().split("\n").length;
  const workspaces = start();

  const first = await acquire(workspaces, "a", at(one, setup));
  // What tests leave behind.
  for (const name of ["left.txt", "modules/cache", "deep/left"]) {
    mkdirSync(dirname(join(first.path, name)), { recursive: true });
    writeFileSync(join(first.path, name), "dirt");
  }
  writeFileSync(join(first.path, ".git", "hooks-path"), "dirt");
  mkdirSync(join(first.path, ".git", "hooks"), { recursive: true });
  writeFileSync(join(first.path, ".git", "hooks", "post-checkout"), `#!/bin/sh\necho hooked >> '${log}'\n`, { mode: 0o755 });
  first.release();

  const second = await acquire(workspaces, "b", at(two, setup));
  expect(second.path).toBe(first.path);
  expect(readdirSync(second.path).sort()).toEqual([".git", ".gitignore", "a.txt", "lock", "modules", "new"]);
  expect(readdirSync(join(second.path, "modules"))).toEqual(["installed"]);
  expect(read(second, "a.txt")).toBe("two");
  expect(setups()).toBe(1);
  second.release();

  const third = await acquire(workspaces, "c", at(three, setup));
  expect(setups()).toBe(2);
  expect(read(third, "modules/installed")).toBe("3\n");
});

test.for([
  [
    "changed, with its time set back",
    (path: string) => {
      writeFileSync(join(path, "modules", "installed"), "2");
      utimesSync(join(path, "modules", "installed"), 1000, 1000);
    },
  ],
  ["removed", (path: string) => rmSync(join(path, "modules", "installed"))],
  [
    "replaced by a link",
    (path: string) => {
      rmSync(join(path, "modules", "installed"));
      execFileSync("ln", ["-s", "/etc/hostname", join(path, "modules", "installed")]);
    },
  ],
] as const)("a checkout in which what the setup made was %s is made anew", async ([, spoil]) => {
  const setup = { command: "mkdir -p modules && printf 1 > modules/installed && touch -d @1000 modules/installed" };
  const hash = commit({ ".gitignore": "modules\n", lock: "1" });
  const workspaces = start();
  const first = await acquire(workspaces, "a", at(hash, setup));
  spoil(first.path);
  first.release();
  const second = await acquire(workspaces, "b", at(hash, setup));
  expect(read(second, "modules/installed")).toBe("1");
});

test("what is to begin afresh gets a new checkout, set up anew, and so do the run's leases after it", async () => {
  const log = join(root, "setups");
  const workspace = at(commit({ lock: "1" }), { command: `echo ran >> '${log}'` });
  const workspaces = start();
  const first = await acquire(workspaces, "a", workspace);
  const second = await workspaces.acquire({ run: run("a"), workspace, suite, afresh: true }, never);
  expect(second.path).not.toBe(first.path);
  expect(readFileSync(log, "utf8")).toBe("ran\nran\n");
  expect((await acquire(workspaces, "a", workspace)).path).toBe(second.path);
  // It is used to its end, and then by no other run.
  expect(read(first, "lock")).toBe("1");
  first.release();
  await expect.poll(() => existsSync(first.path)).toBe(false);
});

test("a run that still uses a checkout, or has just used it, keeps it from the next one", async () => {
  const hash = commit({ "a.txt": "one" });
  const workspaces = start({ quiet_ms: 600_000 });
  const first = await acquire(workspaces, "a", at(hash));
  first.release();
  const second = await acquire(workspaces, "b", at(hash));
  expect(second.path).not.toBe(first.path);
  expect((await acquire(workspaces, "a", at(hash))).path).toBe(first.path);
});

test("checkouts that nobody uses make room", async () => {
  const workspaces = start({ quota_bytes: 1500, quiet_ms: 600_000 });
  const hash = commit({ "a.bin": "x".repeat(1000) });
  const first = await acquire(workspaces, "a", at(hash));
  first.release();
  const second = await acquire(workspaces, "b", at(hash));
  await expect.poll(() => existsSync(first.path)).toBe(false);
  expect(existsSync(second.path)).toBe(true);
});

test("submodules come along", async () => {
  const inner = join(root, "inner");
  mkdirSync(inner);
  const outer = repository;
  repository = inner;
  git("init", "-q", "-b", "main");
  commit({ "inner.txt": "inside" });
  repository = outer;
  git("submodule", "add", "-q", pathToFileURL(inner).href, "sub");
  const hash = commit({ "a.txt": "one" });
  const place = await acquire(start(), "a", at(hash));
  expect(read(place, "sub/inner.txt")).toBe("inside");
});

test("mirrors that no checkout in use needs make room, and one that has grown too large begins anew", async () => {
  const mirrors = join(root, "worker", "mirrors");
  const one = commit({ "a.txt": "one" });
  const workspaces = start({ cache_bytes: 0 });
  const first = await acquire(workspaces, "a", at(one));
  const other = join(root, "other");
  execFileSync("git", ["clone", "-q", repository, other]);
  const second = await acquire(workspaces, "b", { ...at(one), url: pathToFileURL(other).href } as Remote);
  expect(readdirSync(mirrors)).toHaveLength(2);
  expect(execFileSync("git", ["show", "HEAD:a.txt"], { cwd: first.path, encoding: "utf8" })).toBe("one");
  second.release();
  first.release();

  const two = commit({ "a.txt": "two" });
  const third = await acquire(workspaces, "c", at(two));
  expect(read(third, "a.txt")).toBe("two");
  const [left = "", ...others] = readdirSync(mirrors);
  expect(others).toEqual([]);
  expect(() => execFileSync("git", ["cat-file", "-e", one], { cwd: join(mirrors, left), stdio: "pipe" })).toThrow();
});

test("what goes wrong is said in words: a commit that is gone, a folder that is missing, files kept in Git LFS", async () => {
  const hash = commit({ "a.txt": "one" });
  const workspaces = start();
  await expect(acquire(workspaces, "a", at("0".repeat(40)))).rejects.toMatchObject({
    kind: "setup-error",
    message: expect.stringMatching(/The commit 0{40} is not in .*: was it pushed, or is it gone since\?/),
  });
  const elsewhere = { run: run("b"), workspace: at(hash), suite: { ...suite, directory: "no/such" } };
  await expect(workspaces.acquire(elsewhere, never)).rejects.toThrow(/The suite's folder no\/such/);
  const lfs = commit({ "data/.gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "data/x.bin": "pointer" });
  const hasLfs = ((): boolean => {
    try {
      execFileSync("git", ["lfs", "version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  })();
  if (!hasLfs)
    await expect(acquire(workspaces, "c", at(lfs))).rejects.toThrow(/keeps files in Git LFS, and git-lfs is not installed/);
});

test("a setup that fails, takes too long or changes the lock file is the tests' result, with what it said", async () => {
  const hash = commit({ lock: "1" });
  const workspaces = start();
  const problem = (letter: string, setup: Parameters<typeof at>[1]) =>
    acquire(workspaces, letter, at(hash, setup)).then(
      () => "no problem",
      (error: Error & { kind?: string }) => `${error.kind}: ${error.message}`,
    );
  expect(await problem("a", { command: "echo no such package; exit 3" })).toBe(
    "setup-error: The setup command `echo no such package; exit 3` ended with code 3.\nno such package",
  );
  expect(await problem("b", { command: "trap '' TERM; while :; do sleep 1; done", timeout_ms: 50 })).toMatch(
    /setup-error: .* took longer than 50 ms and was ended/,
  );
  expect(await problem("c", { command: "echo 2 > lock" })).toMatch(
    /setup-error: .* changed lock: use one that installs what is locked/,
  );
});

test("a server that is away is this machine's trouble: passed on a few times, then said", async () => {
  const workspaces = start();
  const url = "http://127.0.0.1:9/repository.git";
  const controller = new AbortController();
  const pending = workspaces.acquire(
    { run: run("a"), workspace: { ...at("0".repeat(40)), url } as Remote, suite },
    controller.signal,
  );
  controller.abort(new Error("lease lost"));
  await expect(pending).rejects.toThrow("lease lost");
  expect([1, 2, 3, 4].map(() => workspaces.strike(run("a")) === undefined)).toEqual([false, false, false, true]);
});

test("a bundle is unpacked, the next one over it, and a damaged chunk on this disk is fetched anew", async () => {
  const client = {
    missingBlobs: async (names: readonly string[]) => [...names],
    async putBlob(content: Uint8Array) {
      const sha256 = createHash("sha256").update(content).digest("hex");
      blobs.set(sha256, content);
      return { sha256, bytes: content.byteLength };
    },
  };
  commit({ "a.txt": "one", "old.txt": "old" });
  const pack = async () => (await packBundle({ directory: repository, limit_bytes: 1e8, client })).workspace;
  const one = await pack();
  commit({ "a.txt": "two", "old.txt": undefined });
  const two = await pack();
  const workspaces = start();
  const first = await acquire(workspaces, "a", one);
  expect(read(first, "old.txt")).toBe("old");
  writeFileSync(join(first.path, "dirt"), "");
  first.release();
  const second = await acquire(workspaces, "b", two);
  expect(second.path).toBe(first.path);
  expect(readdirSync(second.path)).toEqual(["a.txt"]);
  for (const { sha256 } of one.chunks) writeFileSync(join(root, "worker", "chunks", sha256), "rotten");
  expect(read(await acquire(workspaces, "c", one), "a.txt")).toBe("one");
  blobs.clear();
  const lost = { ...two, chunks: [{ sha256: "f".repeat(64), bytes: 1 }] };
  await expect(acquire(workspaces, "d", lost)).rejects.toThrow(/There is no blob f{64}/);
});

test("a worker that ends leaves no checkout behind, an ephemeral one nothing at all; one that was killed is cleaned up after", async () => {
  const hash = commit({ "a.txt": "one" });
  const home = join(root, "worker");
  const first = start();
  await acquire(first, "a", at(hash));
  await first.close();
  expect(readdirSync(home).sort()).toEqual(["mirrors", "trees"]);
  expect(readdirSync(join(home, "trees"))).toEqual([]);
  mkdirSync(join(home, "trees", "7"));
  const second = start({ ephemeral: true });
  const place = await acquire(second, "a", at(hash));
  expect(readdirSync(join(home, "trees"))).toEqual([place.path.slice(place.path.lastIndexOf("/") + 1)]);
  await second.close();
  expect(existsSync(home)).toBe(false);
});

import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { packTar, type TarEntry } from "modern-tar";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packBundle } from "./pack.ts";
import { unpackBundle } from "./unpack.ts";

let root: string;
let blobs: Map<string, Uint8Array>;
const MiB = 1024 * 1024;

const client = {
  missingBlobs: async (names: readonly string[]) => names.filter((name) => !blobs.has(name)),
  async putBlob(content: Uint8Array) {
    const sha256 = createHash("sha256").update(content).digest("hex");
    blobs.set(sha256, content);
    return { sha256, bytes: content.byteLength };
  },
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bundle-"));
  blobs = new Map();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string | Uint8Array>>, directory = join(root, "from")): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

const pack = (directory: string, limit_bytes = 100 * MiB) => packBundle({ directory, limit_bytes, client });

async function unpack(chunks: readonly { sha256: string }[]): Promise<{ target: string; names: string[] }> {
  const target = mkdtempSync(join(root, "to-"));
  async function* contents() {
    for (const { sha256 } of chunks) yield blobs.get(sha256) as Uint8Array;
  }
  return { target, names: await unpackBundle(contents(), target) };
}

async function unpackEntries(entries: TarEntry[], target = mkdtempSync(join(root, "to-"))): Promise<string[]> {
  const tar = zstdCompressSync(await packTar(entries));
  async function* contents() {
    yield tar;
  }
  return unpackBundle(contents(), target);
}

test("what was packed comes back as it was: names, contents, links, what may be run", async () => {
  const large = randomBytes(20 * MiB);
  const odd = `it's "odd" $(x) ünï.txt`;
  const directory = write({ "a.txt": "a", empty: "", "deep/er/b.bin": large, [`deep/${odd}`]: odd, "run.sh": "#!/bin/sh\n" });
  chmodSync(join(directory, "run.sh"), 0o755);
  symlinkSync("../a.txt", join(directory, "deep", "link"));
  const { workspace, files } = await pack(directory);
  expect(files).toBe(6);
  const { target, names } = await unpack(workspace.chunks);
  expect(names).toEqual([`deep/er/b.bin`, `deep/${odd}`, "deep/link", "a.txt", "empty", "run.sh"].sort());
  expect(readFileSync(join(target, "deep/er/b.bin")).equals(large)).toBe(true);
  expect(readFileSync(join(target, "deep", odd), "utf8")).toBe(odd);
  expect(readlinkSync(join(target, "deep", "link"))).toBe("../a.txt");
  expect(readFileSync(join(target, "empty"), "utf8")).toBe("");
  expect(lstatSync(join(target, "run.sh")).mode & 0o777).toBe(0o755);
  expect(lstatSync(join(target, "a.txt")).mode & 0o777).toBe(0o644);
});

test("one checkout is one bundle wherever it lies, uploaded once; a change uploads its own part", async () => {
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`dir-${n % 7}/file-${n}.bin`, randomBytes(MiB / 16)]));
  const directory = write(files);
  const first = await pack(directory);
  expect(first.uploaded_bytes).toBe(first.bytes);
  cpSync(directory, join(root, "copy"), { recursive: true });
  const copy = await pack(join(root, "copy"));
  expect(copy.workspace).toEqual(first.workspace);
  expect(copy.uploaded_bytes).toBe(0);
  write({ "dir-3/file-3.bin": "changed" });
  const changed = await pack(directory);
  expect(changed.uploaded_bytes).toBeGreaterThan(0);
  expect(changed.uploaded_bytes).toBeLessThan(first.bytes / 2);
  // Cut off: what did not arrive is what is sent again.
  const lost = first.workspace.chunks[0]?.sha256 ?? "";
  blobs.delete(lost);
  expect((await pack(join(root, "copy"))).uploaded_bytes).toBe(first.workspace.chunks[0]?.bytes);
});

test("in a repository git says what belongs to it, and the workspace is a folder of the whole", async () => {
  const directory = write({
    ".gitignore": "node_modules\n*.log\n",
    "kept.txt": "1",
    "gone.txt": "2",
    "new.txt": "3",
    "noise.log": "4",
    "node_modules/x/index.js": "5",
    "packages/app/test.js": "6",
  });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], { cwd: directory, stdio: "pipe" });
  git("init", "-q");
  git("add", ".gitignore", "kept.txt", "gone.txt", "packages");
  git("commit", "-qm", "x");
  rmSync(join(directory, "gone.txt"));
  const { workspace } = await packBundle({
    directory: join(directory, "packages", "app"),
    without: ["report"],
    limit_bytes: MiB,
    client,
  });
  expect(workspace.directory).toBe("packages/app");
  expect((await unpack(workspace.chunks)).names).toEqual([".gitignore", "kept.txt", "new.txt", "packages/app/test.js"]);
});

test("links out of the checkout, pipes and too much are refused by name", async () => {
  const directory = write({ "a.txt": randomBytes(MiB) });
  await expect(pack(directory, MiB / 2)).rejects.toThrow(/more than 1 MiB; the largest files are a\.txt \(1 MiB\)/);
  symlinkSync("../../etc/passwd", join(directory, "out"));
  await expect(pack(directory)).rejects.toThrow(/the link out leads out of the checkout, to \.\.\/\.\.\/etc\/passwd/);
  rmSync(join(directory, "out"));
  if (process.platform === "win32") return;
  execFileSync("mkfifo", [join(directory, "pipe")]);
  await expect(pack(directory)).rejects.toThrow(/pipe is a device, socket or pipe/);
});

const file = (name: string, body = "x"): TarEntry => ({ header: { name, size: body.length, type: "file" }, body });
const link = (name: string, linkname: string): TarEntry => ({ header: { name, size: 0, type: "symlink", linkname } });

test.for([
  ["an absolute name", [file("/etc/x")]],
  ["a name that climbs", [file("a/../../x")]],
  ["a name with a drive", [file("C:/x")]],
  ["a name with backslashes", [file("a\\..\\x")]],
  ["git's own folder", [file(".git/hooks/post-checkout")]],
  ["git's own folder in capitals", [file("sub/.GIT/config")]],
  ["an absolute link", [link("a", "/etc/passwd")]],
  ["a link that climbs", [link("a/b", "../../x")]],
  ["a link that climbs through a link", [file("d/f"), link("l", "d"), link("a", "l/../../x")]],
  ["a file through a link", [link("a", "b"), file("b/x"), file("a/y")]],
  ["a file through a link that took a folder's place", [file("a/x"), file("b/x"), link("a", "b"), file("a/y")]],
  ["a device", [{ header: { name: "a", size: 0, type: "character-device" } }]],
  ["a pipe", [{ header: { name: "a", size: 0, type: "fifo" } }]],
  ["a hard link", [{ header: { name: "a", size: 0, type: "link", linkname: "../x" } }]],
] satisfies [string, TarEntry[]][])("an archive with %s is refused, and nothing is written outside", async ([, entries]) => {
  const target = join(root, "deep", "target");
  mkdirSync(target, { recursive: true });
  await expect(unpackEntries(entries, target)).rejects.toMatchObject({ code: "bundle-damaged" });
  expect(existsSync(join(root, "x"))).toBe(false);
  expect(existsSync(join(root, "deep", "x"))).toBe(false);
  expect(existsSync(join(target, "b", "y"))).toBe(false);
});

test("chunks that are cut off, no archives, or swell beyond all bounds are refused", async () => {
  async function* one(content: Uint8Array) {
    yield content;
  }
  const target = mkdtempSync(join(root, "to-"));
  const whole = zstdCompressSync(await packTar([file("a", "some text")]));
  for (const content of [whole.subarray(0, whole.length - 5), randomBytes(100), zstdCompressSync(Buffer.alloc(64 * MiB))])
    await expect(unpackBundle(one(content), target)).rejects.toMatchObject({ code: "bundle-damaged" });
  expect(await unpackBundle(one(whole), target)).toEqual(["a"]);
});

test("a file that stands in the way is replaced, not written through", async () => {
  const target = mkdtempSync(join(root, "to-"));
  writeFileSync(join(root, "outside"), "safe");
  symlinkSync(join(root, "outside"), join(target, "a"));
  symlinkSync(root, join(target, "folder"));
  expect(await unpackEntries([file("a", "new")], target)).toEqual(["a"]);
  expect(readFileSync(join(root, "outside"), "utf8")).toBe("safe");
  expect(lstatSync(join(target, "a")).isFile()).toBe(true);
  await expect(unpackEntries([file("folder/x")], target)).rejects.toThrow(/through the link folder/);
});

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blobReference } from "@shardwright/client";
import { defaultArtifactLimits, ShardwrightError, type ArtifactLimits } from "@shardwright/core";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { SecretMask } from "../output/secrets.ts";
import { ArtifactStore } from "./artifact-store.ts";
import { Collector } from "./collector.ts";
import { readRegularFile } from "./read-file.ts";

const isPosix = process.platform !== "win32";
const never = new AbortController().signal;
let root: string;
let workspace: string;
let folder: string;
/** What the coordinator has, and what it was sent. */
let blobs: Map<string, Buffer>;
let puts: number;
let refusal: ShardwrightError | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "collector-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  workspace = join(root, "workspace");
  folder = join(root, "own");
  mkdirSync(join(workspace, "results"), { recursive: true });
  blobs = new Map();
  puts = 0;
  refusal = undefined;
});

function store(): ArtifactStore {
  return new ArtifactStore({
    link: { call: (make) => make("w") },
    client: {
      missingBlobs: async (names) => names.filter((name) => !blobs.has(name)),
      putBlob: async (content) => {
        if (refusal !== undefined) throw refusal;
        puts += 1;
        const reference = blobReference(content);
        blobs.set(reference.sha256, Buffer.from(content));
        return reference;
      },
    },
  });
}

function collector(globs: readonly string[], limits: Partial<ArtifactLimits> = {}, own = folder, to = store()): Collector {
  const mask = new SecretMask(["hush-hush-secret"]);
  const all = { ...defaultArtifactLimits, ...limits };
  return new Collector({ folder: own, workspace, directory: ".", globs, limits: all, mask, store: to });
}

function write(name: string, content: string | Buffer = name): void {
  mkdirSync(join(workspace, name, ".."), { recursive: true });
  writeFileSync(join(workspace, name), content);
}

const namesOf = ({ artifacts }: { artifacts: readonly { name: string }[] }) => artifacts.map(({ name }) => name);

test("keeps what an attempt creates or changes, and its own folder, but nothing that lay there before", async () => {
  write("results/old.txt");
  write("results/changed.txt", "before");
  mkdirSync(folder);
  writeFileSync(join(folder, "of-the-attempt-before.txt"), "");
  const gatherer = collector(["results/**"]);
  await gatherer.begin();
  const past = new Date(0);
  write("results/changed.txt", "behind");
  utimesSync(join(workspace, "results/changed.txt"), past, past);
  write("results/deep/er/new.bin", Buffer.from([0, 1, 2, 255]));
  write("elsewhere.txt");
  mkdirSync(join(folder, "shots"));
  writeFileSync(join(folder, "shots/one.png"), "png");
  const { artifacts, notes } = await gatherer.gather(never);
  expect(notes).toEqual([]);
  expect(artifacts.map(({ name, bytes, shared }) => [name, bytes, shared])).toEqual([
    ["shots/one.png", 3, undefined],
    ["results/changed.txt", 6, undefined],
    ["results/deep/er/new.bin", 4, undefined],
  ]);
  for (const { sha256, bytes } of artifacts) expect(blobs.get(sha256)?.length).toBe(bytes);
  await gatherer.begin();
  expect(await gatherer.gather(never)).toEqual({ artifacts: [], notes: [] });
});

test("sends equal content once, masks secrets in text and in names, and leaves bytes that are no text alone", async () => {
  const gatherer = collector(["results/*"]);
  await gatherer.begin();
  const binary = Buffer.concat([Buffer.from([0, 255]), Buffer.from("hush-hush-secret")]);
  for (const name of ["a.log", "b.log", "hush-hush-secret.log"]) write(`results/${name}`, "token=hush-hush-secret");
  write("results/z.bin", binary);
  const { artifacts } = await gatherer.gather(never);
  expect(namesOf({ artifacts })).toEqual(["results/a.log", "results/b.log", "results/***.log", "results/z.bin"]);
  expect([...blobs.values()].map((content) => content.toString("latin1"))).toEqual(["token=***", binary.toString("latin1")]);
  expect(puts).toBe(2);
  await gatherer.begin();
  write("results/again.log", "token=hush-hush-secret");
  expect(namesOf(await gatherer.gather(never))).toEqual(["results/again.log"]);
  expect(puts).toBe(2);
});

test.runIf(isPosix)(
  "refuses devices' kin and links that leave the workspace, and says so; a link inside is what it leads to",
  async () => {
    writeFileSync(join(root, "outside.txt"), "outside");
    const gatherer = collector(["results/**"]);
    await gatherer.begin();
    execFileSync("mkfifo", [join(workspace, "results/pipe")]);
    const socket = createServer();
    await new Promise<void>((resolve) => socket.listen(join(workspace, "results/socket"), resolve));
    onTestFinished(() => void socket.close());
    write("target.txt", "inside");
    symlinkSync(join(root, "outside.txt"), join(workspace, "results/out"));
    symlinkSync("/dev/zero", join(workspace, "results/zero"));
    symlinkSync(root, join(workspace, "results/folder"));
    symlinkSync("nowhere", join(workspace, "results/broken"));
    symlinkSync(join(workspace, "target.txt"), join(workspace, "results/in"));
    const { artifacts, notes } = await gatherer.gather(never);
    expect(namesOf({ artifacts })).toEqual(["results/in"]);
    expect([...blobs.values()].map(String)).toEqual(["inside"]);
    expect(notes).toEqual([
      "the artifact results/pipe, results/socket was left out: it is no regular file",
      expect.stringContaining("the artifact results/broken was left out: it was gone before it was read"),
      "the artifact results/folder, results/out, results/zero was left out: it is a link that leaves the workspace",
    ]);
    // Named by path, it would wait for a writer for ever.
    expect(await readRegularFile(join(workspace, "results/pipe"), [workspace], 10)).toEqual({ refusal: "is no regular file" });
  },
);

test("keeps to its limits, and names each that it kept to", async () => {
  const gatherer = collector(["results/**"], { count: 3, file_bytes: 10, attempt_bytes: 15 });
  await gatherer.begin();
  write("results/00000", "12345678");
  // Links of one file are quicker to make.
  for (let n = 1; n < 10_000; n += 1)
    linkSync(join(workspace, "results/00000"), join(workspace, `results/${String(n).padStart(5, "0")}`));
  write("results/huge", "");
  truncateSync(join(workspace, "results/huge"), 2 ** 40);
  const { artifacts, notes } = await gatherer.gather(never);
  expect(namesOf({ artifacts })).toEqual(["results/00000"]);
  expect(notes).toEqual([
    "9,997 artifacts left out: --artifact-count allows 3 an attempt",
    "the artifact results/huge was left out: it is larger than --artifact-size allows (10)",
    "the artifact results/00001, results/00002 was left out: it would exceed --artifact-total (15 bytes an attempt)",
  ]);
});

test.runIf(isPosix)("takes evil names only when they are made harmless", async () => {
  const gatherer = collector(["**/*"]);
  await gatherer.begin();
  write("results/two\nlines\u001b[31m\u202e.txt");
  write("results/..\\..\\up.txt");
  write(`${"d".repeat(250)}/${"e".repeat(250)}/${"f".repeat(250)}.txt`);
  const names = namesOf(await gatherer.gather(never));
  expect(names).toEqual([
    `…${"d".repeat(5)}/${"e".repeat(250)}/${"f".repeat(250)}.txt`,
    "results/__/__/up.txt",
    "results/two_lines_[31m_.txt",
  ]);
  expect(names[0]).toHaveLength(512);
});

test("what the run itself needs is kept before what people may look at", async () => {
  const gatherer = collector([], { count: 2 });
  await gatherer.begin();
  for (const name of ["0/first.txt", "a.txt", "blob-report/report.zip", "coverage-part/coverage.json.gz"]) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
  expect(namesOf(await gatherer.gather(never))).toEqual(["blob-report/report.zip", "coverage-part/coverage.json.gz"]);
});

test("says whose files may be another attempt's: those that changed while several ran in one workspace", async () => {
  const [one, other] = [collector(["results/**"]), collector(["results/**"], {}, join(root, "other"))];
  await one.begin();
  write("results/first");
  await other.begin();
  write("results/second");
  writeFileSync(join(root, "other/own"), "");
  const seen = await other.gather(never);
  expect(seen.artifacts.map(({ name, shared }) => [name, shared])).toEqual([
    ["own", undefined],
    ["results/second", true],
  ]);
  const both = await one.gather(never);
  expect(both.artifacts.map(({ name, shared }) => [name, shared])).toEqual([
    ["results/first", true],
    ["results/second", true],
  ]);
  await one.begin();
  write("results/alone");
  expect((await one.gather(never)).artifacts).toEqual([
    { name: "results/alone", bytes: 13, sha256: createHash("sha256").update("results/alone").digest("hex") },
  ]);
});

test("a file that vanishes, or is cut off, between the look and the reading costs nothing but itself", async () => {
  const to = store();
  const gatherer = collector(["results/**"], {}, folder, to);
  await gatherer.begin();
  for (const name of ["a", "b", "c"]) write(`results/${name}`, "12345678");
  // While another attempt's artifacts are stored, this one's wait, looked at and not yet read.
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { promise: isLookedAt, resolve: lookedAt } = Promise.withResolvers<void>();
  void to.alone(() => gate);
  const alone = to.alone.bind(to);
  to.alone = (work) => {
    lookedAt();
    return alone(work);
  };
  const gathered = gatherer.gather(never);
  await isLookedAt;
  rmSync(join(workspace, "results/a"));
  truncateSync(join(workspace, "results/b"), 3);
  open();
  const { artifacts, notes } = await gathered;
  expect(artifacts.map(({ name, bytes }) => [name, bytes])).toEqual([
    ["results/b", 3],
    ["results/c", 8],
  ]);
  expect(notes).toEqual([expect.stringContaining("the artifact results/a was left out: it was gone before it was read")]);
});

test("a coordinator without room costs the artifacts, and a note tells why", async () => {
  const gatherer = collector(["results/**"]);
  await gatherer.begin();
  write("results/one");
  refusal = new ShardwrightError("blob-quota", { used_bytes: 9, limit_bytes: 10 });
  const { artifacts, notes } = await gatherer.gather(never);
  expect(artifacts).toEqual([]);
  expect(notes).toEqual([`1 of 1 artifact not stored: ${refusal.message}`]);
  // What was begun and is never gathered leaves no mark behind.
  await gatherer.begin();
  await gatherer.drop();
  const windows = join(tmpdir(), `shardwright-windows-${process.getuid?.() ?? ""}`);
  if (isPosix)
    for (const name of readdirSync(windows))
      expect(readdirSync(join(windows, name)).filter((mark) => mark.startsWith(`${process.pid}-`))).toEqual([]);
  expect(existsSync(folder)).toBe(true);
});

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { hasProgram } from "../commands.ts";

/** A private instance of a database, on a socket in a temporary folder. */
export interface Store {
  readonly name: string;
  /** Of what the others connect to. */
  readonly path: string;
  readonly stop: () => Promise<void>;
}

/** What has to be installed before it can be measured, in words. */
export type Missing = string;

const patience_ms = 30_000;

/** Redis with its append-only file, synchronized before each answer. */
export async function startRedis(): Promise<Store | Missing> {
  if (!hasProgram("redis-server", ["--version"])) return "no redis-server is on the path (Debian: redis-server)";
  const directory = mkdtempSync(join(tmpdir(), "bench-redis-"));
  const path = join(directory, "socket");
  const persistence = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
  const args = ["--port", "0", "--unixsocket", path, "--dir", directory, ...persistence];
  const name = `Redis ${versionOf("redis-server", /v=(\S+)/)}, appendfsync always`;
  return await started(name, path, directory, spawn("redis-server", args, { stdio: "ignore" }), path);
}

/** PostgreSQL as it is by default: fsync and synchronous_commit on. As root it runs as the user `postgres`, for it refuses root. */
export async function startPostgres(): Promise<Store | Missing> {
  const binaries = postgresBinaries();
  if (binaries === undefined) return "no initdb is on the path or under /usr/lib/postgresql (Debian: postgresql)";
  const isRoot = process.getuid?.() === 0;
  if (isRoot && !hasProgram("runuser", ["-u", "postgres", "true"]))
    return "PostgreSQL does not run as root, and runuser or the user postgres is missing";
  const as = (program: string, args: string[]): [string, string[]] =>
    isRoot ? ["runuser", ["-u", "postgres", "--", join(binaries, program), ...args]] : [join(binaries, program), args];
  const directory = mkdtempSync(join(tmpdir(), "bench-postgres-"));
  const data = join(directory, "data");
  try {
    mkdirSync(data);
    if (isRoot) spawnSync("chown", ["-R", "postgres", directory]);
    const made = spawnSync(...as("initdb", ["-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"]), {
      encoding: "utf8",
      cwd: "/",
    });
    if (made.status !== 0) throw new Error(`initdb ended with ${made.status}: ${made.stderr}`);
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  const name = `PostgreSQL ${versionOf(join(binaries, "postgres"), /(\d+\.\d+)/)}, fsync on`;
  const args = ["-D", data, "-k", directory, "-c", "listen_addresses="];
  const child = spawn(...as("postgres", args), { stdio: "ignore", cwd: "/" });
  return await started(name, directory, directory, child, join(directory, ".s.PGSQL.5432"));
}

async function started(name: string, path: string, directory: string, child: ChildProcess, socket: string): Promise<Store> {
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const stop = async () => {
    // Both end in order at this signal, and runuser passes it on.
    child.kill("SIGTERM");
    await Promise.race([gone, pause(patience_ms, undefined, { ref: false })]);
    rmSync(directory, { recursive: true, force: true });
  };
  for (let waited_ms = 0; !existsSync(socket); waited_ms += 20) {
    if (waited_ms > patience_ms || child.exitCode !== null) {
      await stop();
      throw new Error(`${name} did not start`);
    }
    await pause(20);
  }
  // The socket is there a moment before it answers.
  await pause(500);
  return { name, path, stop };
}

function postgresBinaries(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(process.env["PATH"] ?? "").split(":"), ...versions.map((version) => join(root, version, "bin"))];
  return folders.find((folder) => ["initdb", "postgres"].every((program) => existsSync(join(folder, program))));
}

function versionOf(program: string, pattern: RegExp): string {
  return pattern.exec(spawnSync(program, ["--version"], { encoding: "utf8" }).stdout)?.[1] ?? "of unknown version";
}

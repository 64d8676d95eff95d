/**
 * Builds `actions/dist`, which all of the GitHub actions share: an entry for each, and the packages that they start, as npm would install
 * them, without what is only there for people and compilers. The command line starts threads and processes by the paths of their files:
 * it cannot be one file. With `--if-stale` it does nothing where its sources are the same as when it was built last.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { rolldown } from "rolldown";
import { takeBuildLock } from "./build-lock.ts";
import { packages } from "./packages.ts";

interface Manifest {
  readonly name: string;
  readonly type?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly exports?: unknown };
}

const root = join(import.meta.dirname, "..");
const actions = join(root, "actions");
const dist = join(actions, "dist");
const marker = join(dist, ".sources");
const wanted = sourcesHash();
// Before it looks: whoever was at it may have built just this.
takeBuildLock();
if (process.argv.includes("--if-stale") && existsSync(marker) && readFileSync(marker, "utf8") === wanted) process.exit(0);

const built = spawnSync(process.execPath, [join(root, "tools", "build.ts")], { stdio: "inherit" });
if (built.status !== 0) process.exit(1);
const making = join(actions, "dist.making");
rmSync(making, { recursive: true, force: true });
try {
  await bundleEntries(making);
  const modules = join(making, "node_modules");
  for (const directory of packages) {
    const from = join(root, directory);
    const manifest = manifestOf(from);
    const to = join(modules, manifest.name);
    mkdirSync(to, { recursive: true });
    for (const part of ["dist", "bin"]) if (existsSync(join(from, part))) copy(join(from, part), join(to, part), manifest);
    const { publishConfig, ...rest } = manifest;
    writeFileSync(join(to, "package.json"), JSON.stringify({ ...rest, ...publishConfig }));
    for (const name of Object.keys(manifest.dependencies ?? {})) if (!isOurs(name)) install(name, from, modules, []);
  }
  writeFileSync(join(making, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(making, ".sources"), wanted);
  rmSync(dist, { recursive: true, force: true });
  renameSync(making, dist);
} finally {
  rmSync(making, { recursive: true, force: true });
  for (const directory of packages) rmSync(join(root, directory, "dist"), { recursive: true, force: true });
}
console.log("built actions/dist");

async function bundleEntries(to: string): Promise<void> {
  const entries = ["run", "worker", "report", "post"];
  const build = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, join(actions, "src", `${name}.ts`)])),
    platform: "node",
  });
  await build.write({
    dir: to,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "part-[hash].js",
    minify: "dce-only",
  });
  await build.close();
}

/** Puts a package where those that need it find it: at the top, or below who needs another version of it than is there. */
function install(name: string, from: string, modules: string, above: readonly string[]): void {
  const source = installed(name, from);
  if (source === undefined) return;
  const top = join(modules, name);
  const manifest = manifestOf(source);
  const version = JSON.stringify(manifest);
  const isThere = existsSync(join(top, "package.json"));
  if (isThere && JSON.stringify(manifestOf(top)) === version) return;
  const nested = above.at(-1);
  if (isThere && nested === undefined) throw new Error(`two packages want two versions of ${name}`);
  const to = isThere ? join(nested as string, "node_modules", name) : top;
  copy(source, to, manifest);
  for (const needed of Object.keys(manifest.dependencies ?? {})) install(needed, source, modules, [...above, to]);
}

/** Undefined for what this system does not need. */
function installed(name: string, from: string): string | undefined {
  for (let folder = realpathSync(from); ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", name);
    if (existsSync(join(path, "package.json"))) return realpathSync(path);
    if (dirname(folder) === folder) return undefined;
  }
}

function copy(from: string, to: string, manifest: Manifest): void {
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: (path) => {
      const inside = path.slice(from.length);
      if (inside.split(sep).includes("node_modules")) return false;
      if (statSync(path).isDirectory())
        return !/^(?:tests?|__tests__|docs?|examples?|benchmarks?|src-ts)$/.test(basename(path)) || inside === "";
      if (/\.d\.[cm]?ts$|\.map$|\.tsbuildinfo$/.test(path)) return false;
      // Beside modules of the other kind, which are what is imported.
      if (manifest.type === "module" && path.endsWith(".cjs") && !isOurs(manifest.name)) return false;
      return /\.(?:[cm]?js|json|node|wasm|py|sql|mjs)$|(?:^|[\\/])(?:licen[cs]e|notice|third-party-licences)[^\\/]*$/i.test(path);
    },
  });
}

function isOurs(name: string): boolean {
  return name === "shardwright" || name.startsWith("@shardwright/");
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Of all that ends up in it. */
function sourcesHash(): string {
  const hash = createHash("sha256");
  const sources = [...packages, "actions"].flatMap((directory) =>
    globSync(`${directory}/{src/**/*.{ts,mjs,py,sql,json},bin/*,package.json}`, { cwd: root, exclude: ["**/*.test.*"] }),
  );
  for (const path of [
    ...sources.toSorted(),
    "pnpm-lock.yaml",
    "tools/build.ts",
    "tools/bundle.ts",
    "tools/packages.ts",
    "tools/build-actions.ts",
  ])
    if (statSync(join(root, path)).isFile())
      hash
        .update(path)
        .update("\0")
        .update(readFileSync(join(root, path)))
        .update("\0");
  return hash.digest("hex");
}

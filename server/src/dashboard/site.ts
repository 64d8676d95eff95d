import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file that browsers fetch, as it is and compressed. */
interface SiteFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly br: Uint8Array<ArrayBuffer>;
}

/** The dashboard as it was built: it is small, and kept in memory. */
export interface Site {
  /** The page. @param depth how many folders below the dashboard's root it is asked for */
  page(depth: number): string;
  /** @param name without a folder; the names have a hash of what is in them */
  asset(name: string): SiteFile | undefined;
}

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
const longestBuild_ms = 120_000;

let opened: Promise<Site> | undefined;

/**
 * A release has the dashboard beside its program. In a checkout it is built when somebody asks for it first, and kept under a hash of its
 * sources: who does not look at it never waits for it, and what is shown is never older than its sources at the start.
 * @throws Error when it cannot be built
 */
export function openSite(): Promise<Site> {
  opened ??= findSite().then(readSite);
  // It may have been a moment's trouble, such as a full disk.
  opened.catch(() => (opened = undefined));
  return opened;
}

async function findSite(): Promise<string> {
  const here = dirname(fileURLToPath(import.meta.url));
  const released = join(here, "site");
  if (existsSync(released)) return released;
  const sources = join(here, "..", "..", "dashboard");
  const built = join(sources, "..", "node_modules", ".cache", "dashboard", digestOf(sources));
  if (!existsSync(built)) await buildSite(join(sources, "build.ts"), built);
  return built;
}

/** Of all that the dashboard is made of, core's words included. */
function digestOf(sources: string): string {
  const hash = createHash("sha256");
  const core = join(sources, "..", "..", "packages", "core");
  for (const [root, pattern] of [
    [sources, "**/*.{ts,tsx,css,svg,html}"],
    [core, "{src,report-page}/**/*.{ts,css}"],
  ] as const)
    for (const name of globSync(pattern, { cwd: root }).sort()) hash.update(`${name}\0`).update(readFileSync(join(root, name)));
  return hash.digest("hex").slice(0, 16);
}

/** In a process of its own: it takes a second or two, in which heartbeats must not wait. */
function buildSite(program: string, out: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, out], { stdio: ["ignore", "ignore", "pipe"], timeout: longestBuild_ms });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4000)));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`the dashboard could not be built: ${said.trim()}`)),
    );
  });
}

function readSite(folder: string): Site {
  const html = readFileSync(join(folder, "index.html"), "utf8");
  const read = (path: string) => new Uint8Array(readFileSync(path));
  const files = new Map<string, SiteFile>();
  for (const name of globSync("*.{js,css,svg}", { cwd: join(folder, "assets") })) {
    const path = join(folder, "assets", name);
    const type = types[extname(name)] ?? "application/octet-stream";
    files.set(name, { type, bytes: read(path), gzip: read(`${path}.gz`), br: read(`${path}.br`) });
  }
  return {
    page: (depth) => html.replace('<base href="./"', `<base href="${depth === 0 ? "./" : "../".repeat(depth)}"`),
    asset: (name) => files.get(name),
  };
}

import { createReadStream } from "node:fs";
import { readFile, realpath, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import { extname, join, sep } from "node:path";

/** An empty page of the workspace's own origin, from which a case begins. */
export const blankPath = "/.shardwright/blank.html";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".htm": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".cjs": "text/javascript; charset=utf-8",
  ".ts": "text/javascript; charset=utf-8",
  ".mts": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".txt": "text/plain; charset=utf-8",
  ".wgsl": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".ico": "image/x-icon",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".mp3": "audio/mpeg",
  ".wav": "audio/wav",
  ".mp4": "video/mp4",
  ".webm": "video/webm",
};
/** Models, weights, and whatever else is fetched as bytes. */
const anyBytes = "application/octet-stream";
/** A module's types are taken away in memory. */
const typedLimit_bytes = 16 * 1024 * 1024;

export interface WorkspaceServer {
  /** `http://127.0.0.1:41223`, a secure context for browsers. */
  readonly origin: string;
  close(): void;
}

/**
 * Serves the files of a folder to the browsers of this machine: on the loopback interface, for reading alone. What begins with a dot is not
 * served, and neither is what a link leads to outside of the folder, but for packages, which package managers keep elsewhere.
 * @param folder absolute, links resolved
 * @param isolated lets pages use threads and exact clocks
 */
export async function serveWorkspace(folder: string, isolated: boolean): Promise<WorkspaceServer> {
  const headers: Record<string, string> = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(isolated && {
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-resource-policy": "same-origin",
    }),
  };
  let host = "";
  const server = createServer((request, response) => {
    answer(folder, request, response, headers, host).catch((error: NodeJS.ErrnoException) => {
      if (!response.headersSent) end(response, error.code === "ENOENT" ? 404 : 500, headers, `${error.message}\n`);
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The workspace's server has no port.");
  host = `127.0.0.1:${address.port}`;
  server.unref();
  return {
    origin: `http://${host}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Record<string, string>,
  host: string,
): Promise<void> {
  // A name that somebody else's DNS gives this address would make their page's origin ours.
  if (request.headers.host !== host) return end(response, 403, headers, "This server answers to its own address only.\n");
  if (request.method !== "GET" && request.method !== "HEAD") return end(response, 405, headers, "Only GET and HEAD.\n");
  const { pathname } = new URL(request.url ?? "/", `http://${host}`);
  if (pathname === blankPath)
    return end(response, 200, { ...headers, "content-type": types[".html"] ?? "" }, "<!doctype html><title>test</title>");
  const path = await fileFor(folder, pathname);
  const file = path === undefined ? undefined : await stat(path);
  if (path === undefined || file?.isFile() !== true) return end(response, 404, headers, `${pathname} is not served.\n`);
  const extension = extname(path).toLowerCase();
  const type = types[extension] ?? anyBytes;
  if ((extension === ".ts" || extension === ".mts") && file.size <= typedLimit_bytes)
    return end(response, 200, { ...headers, "content-type": type }, stripTypeScriptTypes(await readFile(path, "utf8")));
  response.writeHead(200, { ...headers, "content-type": type, "content-length": String(file.size) });
  if (request.method === "HEAD") response.end();
  else
    createReadStream(path)
      .on("error", () => response.destroy())
      .pipe(response);
}

/** The file that a path names, if it may be served. */
async function fileFor(folder: string, pathname: string): Promise<string | undefined> {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  const parts = decoded.split("/").filter((part) => part !== "");
  const isOdd = (part: string) =>
    part.startsWith(".") || /[\\\0]/.test(part) || (process.platform === "win32" && /[:|]/.test(part));
  if (parts.some(isOdd)) return undefined;
  const path = join(folder, ...parts);
  const real = await realpath(path);
  if (real.startsWith(folder.endsWith(sep) ? folder : folder + sep))
    return isHidden(folder, real) && !isPackage(parts) ? undefined : path;
  return isPackage(parts) ? path : undefined;
}

function isPackage(parts: readonly string[]): boolean {
  return parts.includes("node_modules");
}

/** A link may lead to what may not be named. */
function isHidden(folder: string, real: string): boolean {
  return real
    .slice(folder.length)
    .split(sep)
    .some((part) => part.startsWith("."));
}

function end(response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

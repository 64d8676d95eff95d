import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An npm registry with one package: `shardwright`, whose program is this file. @returns its address, and how it is closed */
export async function startRegistry(version: string, program: string): Promise<{ url: string; close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "registry-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "shardwright", version, bin: { shardwright: "start.sh" } }));
  cpSync(program, join(folder, "start.sh"));
  execFileSync("npm", ["pack", "--silent"], { cwd: folder });
  const tarball = readFileSync(join(folder, `shardwright-${version}.tgz`));
  rmSync(folder, { recursive: true });
  const server = createServer((request, response) => {
    if (request.url === "/shardwright.tgz") return void response.end(tarball);
    if (request.url !== "/shardwright") return void response.writeHead(404).end("{}");
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const dist = { tarball: `${url}/shardwright.tgz`, integrity };
    const manifest = { name: "shardwright", version, bin: { shardwright: "start.sh" }, dist };
    const body = { name: "shardwright", "dist-tags": { latest: version }, versions: { [version]: manifest } };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

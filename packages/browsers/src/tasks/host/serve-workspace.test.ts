import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { blankPath, serveWorkspace } from "./serve-workspace.ts";

const outside = realpathSync(mkdtempSync(join(tmpdir(), "shardwright-served-")));
const folder = join(outside, "workspace");
for (const path of ["src", ".git", "node_modules"]) mkdirSync(join(folder, path), { recursive: true });
mkdirSync(join(outside, "store", "library"), { recursive: true });
const files = {
  "../secret.txt": "secret",
  "../store/library/index.js": "export {};",
  "index.html": "<h1>Hi</h1>",
  "src/main.ts": "const one: number = 1;",
  "src/model.onnx": "bytes",
  "src/a b.wasm": "wasm",
  ".env": "TOKEN=1",
  ".git/config": "[remote]",
};
for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
symlinkSync(join(outside, "secret.txt"), join(folder, "src", "link.txt"));
symlinkSync(join(folder, ".env"), join(folder, "src", "hidden.txt"));
symlinkSync(join(outside, "store", "library"), join(folder, "node_modules", "library"));
const server = await serveWorkspace(folder, true);
afterAll(() => {
  server.close();
  rmSync(outside, { recursive: true, force: true });
});

/** As it is, without the tidying that `fetch` does to paths. */
function get(path: string, headers: Record<string, string> = {}, method = "GET") {
  const { port } = new URL(server.origin);
  return new Promise<{ status: number; type: string; body: string; headers: NodeJS.Dict<string | string[]> }>(
    (resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers["content-type"] ?? "",
            body,
            headers: response.headers,
          }),
        );
      });
      asked.on("error", reject).end();
    },
  );
}

test.each([
  ["/index.html", "text/html; charset=utf-8", "<h1>Hi</h1>"],
  ["/src/model.onnx", "application/octet-stream", "bytes"],
  ["/src/a%20b.wasm", "application/wasm", "wasm"],
  ["/node_modules/library/index.js", "text/javascript; charset=utf-8", "export {};"],
])("%s is served as %s", async (path, type, body) => {
  expect(await get(path)).toMatchObject({ status: 200, type, body });
});

test("types are taken away from TypeScript", async () => {
  const { type, body } = await get("/src/main.ts");
  expect(type).toMatch(/javascript/);
  expect(body.replaceAll(/\s+/g, " ")).toBe("const one = 1;");
});

test("a page is isolated, so that threads are there", async () => {
  const { headers } = await get(blankPath);
  expect(headers).toMatchObject({
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  });
});

test.each([
  "/../secret.txt",
  "/src/../../secret.txt",
  "/%2e%2e/secret.txt",
  "/src/..%2f..%2fsecret.txt",
  "/src/link.txt",
  "/src/hidden.txt",
  "/.env",
  "/.git/config",
  "/src",
  "/nothing.html",
  "/%00",
  "/%E0%A4%A",
])("%s is not served", async (path) => {
  const { status, body } = await get(path);
  expect(status).toBe(404);
  expect(body).not.toMatch(/secret$|TOKEN|remote/m);
});

test("it answers to its own address alone, and changes nothing", async () => {
  expect(await get("/index.html", { host: "evil.example:80" })).toMatchObject({ status: 403 });
  expect(await get("/index.html", {}, "PUT")).toMatchObject({ status: 405 });
});

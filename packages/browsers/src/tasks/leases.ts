import { existsSync } from "node:fs";
import { ShardwrightError } from "@shardwright/core";
import type { DetectedBrowser } from "../browser.ts";
import { playwrightLauncher } from "../launch/launcher.ts";
import type { BrowserLeases } from "../pool/lease.ts";
import type { BrowserPlace } from "./session.ts";

const known: DetectedBrowser[] = [
  { kind: "chromium", engine: "chromium", channel: "stable", version: "156.0", executable: "/usr/bin/chromium" },
  { kind: "firefox", engine: "firefox", channel: "esr", version: "153.7.0", executable: "/usr/bin/firefox-esr" },
];
const leases: BrowserLeases = {
  async acquire({ browser }) {
    const kind = typeof browser === "string" ? browser : browser.kind;
    const found = known.find((each) => each.kind === kind && existsSync(each.executable));
    if (found === undefined) throw new ShardwrightError("usage", { problem: `no ${kind}`, remedy: "" });
    const server = await playwrightLauncher.serve(found, { timeout_ms: 30_000 });
    const { promise: ended, resolve } = Promise.withResolvers<"released" | "browser-crashed">();
    server.on("close", () => resolve("browser-crashed"));
    return {
      browser: found,
      wsEndpoint: server.wsEndpoint(),
      instance: "x",
      ended,
      noteAdapter: () => undefined,
      retire() {},
      release() {
        resolve("released");
        void server.close();
      },
    };
  },
};

export async function leasesOfThisProcess(): Promise<BrowserPlace> {
  return { leases, defaultKind: async () => "chromium" };
}

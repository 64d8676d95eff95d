import { ShardwrightError } from "@shardwright/core";
import { playwrightLauncher } from "../launch/launcher.ts";
import { poolWatch } from "../pool/figures.ts";
import { BrowserPool } from "../pool/pool.ts";
import { reapBrowsers } from "../pool/reap.ts";
import { probedWith } from "../probe/survey.ts";
import { usableBrowsers } from "../probe/usable.ts";
import type { BrowserPlace } from "./session.ts";

/** Which is taken for tests that name none: what most people use first, then what behaves alike. */
const preference = ["chromium", "chrome", "edge", "firefox", "webkit"];

interface Shared {
  readonly pool: BrowserPool;
  readonly kinds: readonly string[];
  users: number;
}

let shared: Promise<Shared> | undefined;

/** The browsers of this machine: found once, started when they are first asked for, and ended with the last session that may ask. */
export async function holdBrowsers(): Promise<BrowserPlace> {
  const opening = (shared ??= openPool());
  const own = await opening.catch((error: unknown) => {
    // A later session may have more luck.
    if (shared === opening) shared = undefined;
    throw error;
  });
  own.users += 1;
  let isHeld = true;
  return {
    leases: own.pool,
    defaultKind() {
      const kind = preference.find((each) => own.kinds.includes(each)) ?? own.kinds[0];
      if (kind === undefined) throw new ShardwrightError("browser-missing", { kind: "browser", known: "none" });
      return kind;
    },
    async release() {
      if (!isHeld) return;
      isHeld = false;
      own.users -= 1;
      if (own.users > 0) return;
      if (shared === opening) shared = undefined;
      await own.pool.close();
      poolWatch.end(own.pool);
    },
  };
}

async function openPool(): Promise<Shared> {
  // Firefox outlives a worker that is killed.
  await reapBrowsers().catch(() => {});
  const browsers = await usableBrowsers();
  const kinds = [...new Set(browsers.map(({ kind }) => kind))];
  const pool = new BrowserPool({ browsers, launcher: playwrightLauncher, launch: probedWith });
  poolWatch.begin(pool);
  return { pool, kinds, users: 0 };
}

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const lock = join(import.meta.dirname, "..", "node_modules", ".building");
const patience_ms = 5 * 60_000;
const pause_ms = 200;

/**
 * Waits until no other process builds here: whatever is built lies in one folder of each package, and whoever has built takes it away again.
 * Released when this process ends, or by the answer.
 * @throws Error when another one takes too long
 */
export function takeBuildLock(): () => void {
  const until_ms = Date.now() + patience_ms;
  while (!isTaken()) {
    if (Date.now() > until_ms) throw new Error(`another process builds here for ${patience_ms / 60_000} min: remove ${lock}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause_ms);
  }
  const release = () => {
    process.off("exit", release);
    rmSync(lock, { force: true });
  };
  process.on("exit", release);
  return release;
}

function isTaken(): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (!isAlive(holder())) rmSync(lock, { force: true });
    return false;
  }
}

/** 0 where it has just been taken, or given back. */
function holder(): number {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

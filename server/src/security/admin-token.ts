import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import { bearerOf, hashOf } from "./bearer.ts";

const shortest = 32;

export interface AdminToken {
  readonly token: string;
  /** Where it lies, when it was not given. */
  readonly file?: string;
}

/**
 * The token that may do everything: the one given, or the one in the state directory's `admin-token`, which is made at the first start and
 * can be read by its owner alone.
 * @throws ShardwrightError `weak-admin-token`
 */
export function adminTokenFor(stateDir: string, given: string | undefined): AdminToken {
  if (given !== undefined) return { token: checked(given) };
  const file = join(stateDir, "admin-token");
  if (existsSync(file)) return { token: checked(readFileSync(file, "utf8").trim()), file };
  const token = randomBytes(32).toString("hex");
  // Whole or not at all: half a token would keep the coordinator from ever starting here again.
  const unfinished = `${file}.tmp`;
  rmSync(unfinished, { force: true });
  try {
    writeFileSync(unfinished, `${token}\n`, { mode: 0o600, flag: "wx" });
    // The mode of a new file is cut by the umask, never widened; this only makes sure of it.
    chmodSync(unfinished, 0o600);
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
  return { token, file };
}

/** For a node that has no tables with other tokens. @returns what throws ShardwrightError `unauthenticated` for any other one */
export function createAdminCheck(token: string): (authorization: string | undefined) => void {
  const hash = hashOf(token);
  return (authorization) => {
    const secret = bearerOf(authorization);
    if (secret === undefined || hashOf(secret) !== hash) throw new ShardwrightError("unauthenticated");
  };
}

function checked(token: string): string {
  if (token.length < shortest) throw new ShardwrightError("weak-admin-token", { length: token.length });
  return token;
}

// This file runs in threads of their own as well: it imports nothing but Node.

export type Durability = "full" | "relaxed";

export interface LogFault {
  readonly code: "database-newer" | "database-damaged" | "database-in-use" | "state-unwritable" | "ledger-failed";
  readonly details: Record<string, string | number>;
}

/** Carries what went wrong across a thread's border, where error classes do not survive. */
export class LogError extends Error {
  readonly fault: LogFault;

  constructor(fault: LogFault, options: { cause?: unknown } = {}) {
    super(fault.code, options);
    this.fault = fault;
  }
}

/** Result codes of SQLite (https://www.sqlite.org/rescode.html): BUSY and LOCKED. */
const inUse = new Set([5, 6]);
/** READONLY, FULL, CANTOPEN; and of the many kinds of IOERR those of writing: WRITE, FSYNC, TRUNCATE, SHMSIZE. */
const unwritable = new Set([8, 13, 14, 778, 1034, 1546, 4874]);

/** Names SQLite's own troubles: a locked file, a full disk, a broken page. */
export function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof LogError || (error instanceof Error && error.name === "ShardwrightError")) throw error;
    const { number, isUnwritable, reason } = resultOf(error);
    if (inUse.has(number & 0xff)) throw new LogError({ code: "database-in-use", details: { path } }, { cause: error });
    const code = isUnwritable ? "state-unwritable" : "database-damaged";
    throw new LogError({ code, details: { path, reason } }, { cause: error });
  }
}

/** What SQLite said, which those who call it may have wrapped: its extended result code, 0 when it was not SQLite, and its message. */
export function resultOf(error: unknown): { number: number; isUnwritable: boolean; reason: string } {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (!("errcode" in each)) continue;
    const number = Number(each.errcode);
    return { number, isUnwritable: unwritable.has(number) || unwritable.has(number & 0xff), reason: each.message };
  }
  return { number: 0, isUnwritable: false, reason: messageOf(error) };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function faultOf(error: unknown): LogFault {
  return error instanceof LogError ? error.fault : { code: "ledger-failed", details: { reason: messageOf(error) } };
}

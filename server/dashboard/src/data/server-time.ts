/** How the coordinator's clock stands, as far as its answers have told. */
interface Reading {
  /** When it was read, by a clock that nobody sets. */
  readonly at_ms: number;
  readonly server_ms: number;
  /** By how much it may be wrong: as long as the answer was under way. */
  readonly doubt_ms: number;
}

/** A reading that is older than this gives way to any other. */
const fresh_ms = 60_000;

let last: Reading | undefined;

/** Takes note of what time it was at the coordinator when it answered. @param asked_ms when it was asked, by `performance.now()` */
export function hearTime(told: string | null, asked_ms: number): void {
  if (told === null || !/^\d{1,16}$/.test(told)) return;
  const at_ms = performance.now();
  const heard: Reading = { at_ms, server_ms: Number(told), doubt_ms: at_ms - asked_ms };
  if (last !== undefined && at_ms - last.at_ms < fresh_ms && heard.doubt_ms > last.doubt_ms && !isElsewhere(last, heard)) return;
  last = heard;
}

/** Whether one of them cannot be right: the machine has slept, or another coordinator answers. */
function isElsewhere(before: Reading, after: Reading): boolean {
  const expected_ms = before.server_ms + (after.at_ms - before.at_ms);
  return Math.abs(expected_ms - after.server_ms) > before.doubt_ms + after.doubt_ms;
}

/**
 * Now, by the coordinator's clock: all moments that pages show were noted by it, and this machine's own clock may be hours off.
 * Before the first answer there is only the latter.
 */
export function serverNow_ms(): number {
  return last === undefined ? Date.now() : Math.round(last.server_ms + performance.now() - last.at_ms);
}

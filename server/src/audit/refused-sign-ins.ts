import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { ErrorCode } from "@shardwright/core";
import type { Clock, Timer } from "../clock.ts";
import { type AuditParts, auditRefused } from "./write-audit.ts";

/** In a time of this length, so many refusals are written one by one; the others are counted. */
const window_ms = 10 * 60_000;
const written_limit = 10;

/** Somebody who was not let in. */
export interface RefusedSignIn {
  /** As whom they came; absent where nothing is known of them. */
  readonly name?: string | undefined;
  readonly route: string;
  readonly object: string;
}

/**
 * Writes into the audit log who wanted to sign in and was not let in. Anybody can try, as often as they like: whoever does it for long fills
 * neither the ledger nor the log, and hides nobody else's entry but that of another refusal.
 */
export class RefusedSignIns {
  readonly #parts: AuditParts & { readonly clock: Clock };
  #written = 0;
  readonly #beyond = new Map<ErrorCode, number>();
  #window: Timer | undefined;

  constructor(parts: AuditParts & { readonly clock: Clock }) {
    this.#parts = parts;
  }

  /** Lets somebody in, or writes down that they were refused for one of these reasons. @throws what `enter` does */
  async watch<T>(
    codes: readonly ErrorCode[],
    enter: () => T | Promise<T>,
    about: (refusal: ShardwrightError) => RefusedSignIn,
  ): Promise<T> {
    try {
      return await enter();
    } catch (error) {
      if (error instanceof ShardwrightError && codes.includes(error.code)) await this.tell(about(error), error.code);
      throw error;
    }
  }

  async tell(refused: RefusedSignIn, code: ErrorCode): Promise<void> {
    this.#window ??= this.#parts.clock.after(window_ms, () => void this.#endWindow());
    if (this.#written >= written_limit) {
      this.#beyond.set(code, (this.#beyond.get(code) ?? 0) + 1);
      return;
    }
    this.#written += 1;
    await this.#write(refused, code);
  }

  close(): void {
    this.#window?.cancel();
  }

  async #endWindow(): Promise<void> {
    const beyond = [...this.#beyond];
    this.#window = undefined;
    this.#written = 0;
    this.#beyond.clear();
    for (const [code, count] of beyond)
      await this.#write({ route: "several", object: `${count} more sign-ins within ${window_ms / 60_000} minutes` }, code);
  }

  /** Who is refused is refused, whether it can be written or not. */
  async #write({ name = "unknown", route, object }: RefusedSignIn, code: ErrorCode): Promise<void> {
    try {
      await auditRefused({ name: "session.sign-in", actor: { name }, route, object }, code, this.#parts);
    } catch (error) {
      this.#parts.log.warn({ reason: reasonOf(error), code }, "a refused sign-in is not in the audit log");
    }
  }
}

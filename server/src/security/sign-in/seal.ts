import { hkdfSync } from "node:crypto";
import { EncryptJWT, jwtDecrypt } from "jose";
import type { z } from "zod";

/**
 * Keeps something in the browser, sealed. So nothing is kept here of those who never come back, and whichever coordinator leads by then can go
 * on: all of a cluster have the key, which is made from the token that they share.
 */
export class Seal<T extends Readonly<Record<string, unknown>>> {
  readonly #key: Uint8Array;
  readonly #schema: z.ZodType<T>;

  /** @param purpose what is sealed for one thing is not taken for another */
  constructor(adminToken: string, purpose: string, schema: z.ZodType<T>) {
    this.#key = new Uint8Array(hkdfSync("sha256", adminToken, "", `shardwright: ${purpose}`, 32));
    this.#schema = schema;
  }

  async seal(content: T, until_ms: number): Promise<string> {
    return await new EncryptJWT({ ...content })
      .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
      .setExpirationTime(Math.floor(until_ms / 1000))
      .encrypt(this.#key);
  }

  /** @returns undefined for what was not sealed by this cluster, or too long ago */
  async open(sealed: string, now_ms: number): Promise<T | undefined> {
    try {
      const { payload } = await jwtDecrypt(sealed, this.#key, {
        currentDate: new Date(now_ms),
        keyManagementAlgorithms: ["dir"],
        contentEncryptionAlgorithms: ["A256GCM"],
        requiredClaims: ["exp"],
      });
      return this.#schema.parse(payload);
    } catch {
      return undefined;
    }
  }
}

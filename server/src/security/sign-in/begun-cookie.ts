import { hkdfSync } from "node:crypto";
import { EncryptJWT, jwtDecrypt } from "jose";
import { z } from "zod";

/** How long somebody may take at the provider. */
export const signInLimit_ms = 10 * 60_000;

const begunSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Of the dashboard, with a slash at its end. */
  address: z.string(),
  /** Where to go afterwards: an address below that one. */
  to: z.string(),
});

/** A sign-in that was begun: what has to be known when the browser comes back from the provider. */
export type Begun = z.infer<typeof begunSchema>;

/**
 * Keeps in the browser what was begun, sealed. So nothing is kept of those who begin and never come back, and whichever coordinator leads by
 * then can go on: all of a cluster have the key, which is made from the token that they share.
 */
export class BegunSeal {
  readonly #key: Uint8Array;

  constructor(adminToken: string) {
    this.#key = new Uint8Array(hkdfSync("sha256", adminToken, "", "shardwright: a sign-in that was begun", 32));
  }

  async seal(begun: Begun, now_ms: number): Promise<string> {
    return await new EncryptJWT({ ...begun })
      .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
      .setExpirationTime(Math.floor((now_ms + signInLimit_ms) / 1000))
      .encrypt(this.#key);
  }

  /** @returns undefined for what was not sealed by this cluster, or too long ago */
  async open(sealed: string, now_ms: number): Promise<Begun | undefined> {
    try {
      const { payload } = await jwtDecrypt(sealed, this.#key, {
        currentDate: new Date(now_ms),
        keyManagementAlgorithms: ["dir"],
        contentEncryptionAlgorithms: ["A256GCM"],
        requiredClaims: ["exp"],
      });
      return begunSchema.parse(payload);
    } catch {
      return undefined;
    }
  }
}

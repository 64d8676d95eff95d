import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { sep } from "node:path";
import type { SecretMask } from "../output/secrets.ts";

/** What a file came to: its bytes, or why it is left out, in words that follow its name. */
export type FileContent = { readonly bytes: Buffer } | { readonly refusal: string };

/**
 * Reads a regular file. A link counts as what it leads to, as long as that lies in one of the folders. Nothing here waits for a FIFO's
 * writer or opens a device.
 * @param folders their real paths
 */
export async function readRegularFile(path: string, folders: readonly string[], limit_bytes: number): Promise<FileContent> {
  try {
    const real = await realpath(path);
    if (!folders.some((folder) => real.startsWith(folder.endsWith(sep) ? folder : folder + sep)))
      return { refusal: "is a link that leaves the workspace" };
    // Windows has neither flag: undefined adds nothing.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const file = await open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) return { refusal: "is no regular file" };
      if (stats.size > limit_bytes) return { refusal: tooLarge(stats.size, limit_bytes) };
      const bytes = Buffer.alloc(stats.size);
      let length = 0;
      // It may be cut off while it is read; what is added meanwhile is not waited for.
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return { bytes: bytes.subarray(0, length) };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { refusal: "was gone before it was read, or is a link that leads nowhere" };
    // A socket cannot be opened; a device may have nobody behind it.
    if (code === "ENXIO" || code === "EOPNOTSUPP" || code === "ENODEV") return { refusal: "is no regular file" };
    return { refusal: `could not be read (${code ?? "unknown error"})` };
  }
}

export function tooLarge(bytes: number, limit_bytes: number): string {
  return `has ${bytes} bytes, more than --artifact-size allows (${limit_bytes})`;
}

/** Masks secrets in text; what is no text is left as it is. */
export function masked(bytes: Buffer, mask: SecretMask): Buffer {
  return isUtf8(bytes) && !bytes.includes(0) ? mask.bytes(bytes) : bytes;
}

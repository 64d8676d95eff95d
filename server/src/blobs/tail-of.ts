import { open } from "node:fs/promises";
import { join } from "node:path";

/** Where a blob lies: `ab/cdef…`, spread over 256 folders. */
export function blobPath(directory: string, sha256: string): string {
  return join(directory, sha256.slice(0, 2), sha256.slice(2));
}

/** The last bytes of a blob on this disk, at most so many; undefined when there is no such blob. */
export async function tailOf(directory: string, sha256: string, limit_bytes: number): Promise<Uint8Array | undefined> {
  let file;
  try {
    file = await open(blobPath(directory, sha256), "r");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const { size } = await file.stat();
    const wanted = Math.min(size, limit_bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, size - wanted);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

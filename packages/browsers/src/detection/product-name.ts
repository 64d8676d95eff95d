import { open } from "node:fs/promises";

/** Programs of browsers are a few MiB; their libraries hold the rest. */
const readLimit_bytes = 32 * 1024 * 1024;

/**
 * What a Windows program says of itself in its resources, as `Google Chrome 156.0.8078.79`: asked for its version, it would open a window.
 * Undefined where there is none. The format: https://learn.microsoft.com/windows/win32/menurc/string-str
 */
export async function productName(executable: string): Promise<string | undefined> {
  const file = await open(executable, "r");
  try {
    const { size } = await file.stat();
    const length = Math.min(size, readLimit_bytes);
    const bytes = Buffer.alloc(length);
    // Resources are at a program's end.
    const { bytesRead } = await file.read(bytes, 0, length, size - length);
    return readProductName(bytes.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Exported for its test, which has no Windows program. */
export function readProductName(program: Buffer): string | undefined {
  const name = stringValue(program, "ProductName");
  const version = stringValue(program, "ProductVersion");
  return name === undefined || version === undefined ? undefined : `${name} ${version}`;
}

const longestValue = 256;

/** A key in UTF-16, its zero, zeros up to the next multiple of four bytes, then the value and its zero. */
function stringValue(program: Buffer, key: string): string | undefined {
  const at = program.indexOf(Buffer.from(`${key}\0`, "utf16le"));
  if (at < 0) return undefined;
  let begin = at + (key.length + 1) * 2;
  while (begin + 1 < program.length && program.readUInt16LE(begin) === 0) begin += 2;
  const value = program.subarray(begin, begin + longestValue * 2).toString("utf16le");
  const end = value.indexOf("\0");
  return end <= 0 ? undefined : value.slice(0, end).trim();
}

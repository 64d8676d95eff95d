const declaredEncoding = /^<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z][\w.:-]{0,40})["']/;

/**
 * The text of a JUnit file in whichever encoding it was written: by its byte order mark, else by its XML declaration, else UTF-8.
 * Bytes that make no sense become U+FFFD.
 */
export function decodeJunit(bytes: Uint8Array): string {
  return junitDecoder(bytes).decode(bytes);
}

/** What reads the bytes of a JUnit file that begins with these, at once or piece by piece. */
export function junitDecoder(beginning: Uint8Array): InstanceType<typeof TextDecoder> {
  const [first, second] = beginning;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le");
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be");
  const start = new TextDecoder("latin1").decode(beginning.subarray(0, 200));
  const label = declaredEncoding.exec(start)?.[1] ?? "utf-8";
  // A declaration that could be read byte by byte is not in UTF-16, whatever it says.
  return decoderFor(/^utf-?16/i.test(label) ? "utf-8" : label);
}

function decoderFor(label: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(label);
  } catch {
    // An encoding nobody knows: most of such a file is ASCII.
    return new TextDecoder("utf-8");
  }
}

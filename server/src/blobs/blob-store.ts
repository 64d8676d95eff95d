/** The first and the last byte of a part of a blob. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Logs, artifacts and bundles by the SHA-256 of their bytes. */
export interface BlobStore {
  /**
   * Keeps the bytes; when this resolves they are on disk. Bytes that are there already are not written again.
   * @param kind artifacts leave room for what counts more
   * @throws ShardwrightError `blob-mismatch`, `blob-quota`, `body-too-large`, `state-unwritable`; nothing is kept then
   */
  put(sha256: string, bytes: AsyncIterable<Uint8Array>, limit_bytes: number, kind?: "artifact"): Promise<void>;
  /**
   * The bytes as a stream and their number; undefined when there is no such blob.
   * @param part of a blob of so many bytes, which of them the stream has; all where it says nothing
   */
  open(
    sha256: string,
    part?: (bytes: number) => ByteRange | undefined,
  ): Promise<{ readonly bytes: number; readonly stream: ReadableStream<Uint8Array> } | undefined>;
  /** Those that are not there. The others count as new again. */
  missing(sha256: readonly string[]): Promise<string[]>;
  /** The last bytes of a blob, at most `limit_bytes`; undefined when there is no such blob. */
  tail(sha256: string, limit_bytes: number): Promise<Uint8Array | undefined>;
  /** Deletes what is older than a moment (milliseconds since 1970) and not wanted. @returns how many were deleted */
  sweep(before_ms: number, isWanted: (sha256: string) => boolean): Promise<number>;
  /** Bytes kept now. */
  readonly used_bytes: number;
}

import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { Context } from "hono";

/** @throws ShardwrightError `body-too-large`, before it is read where its length was declared */
export async function readBytes(context: Context, limit_bytes: number): Promise<Buffer> {
  const declared = context.req.header("content-length");
  if (Number(declared ?? 0) > limit_bytes) throw new ShardwrightError("body-too-large", { limit_bytes });
  try {
    if (declared !== undefined) return Buffer.from(await context.req.arrayBuffer());
    const chunks: Uint8Array[] = [];
    let read_bytes = 0;
    const body: AsyncIterable<Uint8Array> = context.req.raw.body ?? new Blob([]).stream();
    for await (const chunk of body) {
      read_bytes += chunk.byteLength;
      if (read_bytes > limit_bytes) throw new ShardwrightError("body-too-large", { limit_bytes });
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof ShardwrightError) throw error;
    throw new ShardwrightError("bad-request", { problems: `body: it broke off (${reasonOf(error)})` }, { cause: error });
  }
}

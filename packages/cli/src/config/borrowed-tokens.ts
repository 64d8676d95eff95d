import { createClient, type ClientOptions } from "@shardwright/client";

/** How long the end of a process may take for it: a token that is not given back ends by itself. */
const patience_ms = 2000;

type Access = Pick<ClientOptions, "addresses" | "apiKey" | "failover">;

/** Tokens that this process was given for what its CI system says of it. */
const borrowed: Access[] = [];

/** Has a token given back when the process ends. */
export function borrow(access: Access): void {
  borrowed.push(access);
}

/** Gives back what was borrowed: whoever finds such a token afterwards has nothing, and the coordinator need not keep it. Never fails. */
export async function giveBackTokens(): Promise<void> {
  const signal = AbortSignal.timeout(patience_ms);
  await Promise.all(
    borrowed.splice(0).map(async (access) => {
      const client = createClient({ ...access, retry: { total_ms: patience_ms } });
      // A coordinator that is away, or older than this, keeps it until its end.
      await client.giveBackToken({ signal }).catch(() => {});
      await client.close();
    }),
  );
}

import type { BrowserOffers } from "@shardwright/browsers";

/**
 * What this machine's browsers offer. The first time it starts each of them, which takes seconds; later it knows, until they or the drivers
 * change.
 */
export async function findBrowsers(
  environment: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<BrowserOffers> {
  const { browserOffers, noteOffered, surveyBrowsers } = await import("@shardwright/browsers");
  const { browsers } = await surveyBrowsers({ environment, ...(signal && { signal }) });
  noteOffered(browsers);
  return browserOffers(browsers);
}

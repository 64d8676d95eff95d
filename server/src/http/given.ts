import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { z } from "zod";

/** Problems that one refusal names. */
const problemLimit = 10;

/** @param text of a body; none at all says nothing. @throws ShardwrightError `bad-request` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text === "" ? "{}" : text);
  } catch (error) {
    throw new ShardwrightError("bad-request", { problems: `body: ${reasonOf(error)}` }, { cause: error });
  }
}

/** @param place of the request that it comes from. @throws ShardwrightError `bad-request`, which names what is wrong with it */
export function parse(schema: z.ZodType | undefined, value: unknown, place: "path" | "query" | "body"): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const named = issues.slice(0, problemLimit).map(({ path, message }) => `${[place, ...path].join(".")}: ${message}`);
  if (issues.length > problemLimit) named.push(`and ${issues.length - problemLimit} more`);
  throw new ShardwrightError("bad-request", { problems: named.join("; ") });
}

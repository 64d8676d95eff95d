import { z } from "zod";

export type CommandName =
  | "flaky"
  | "trends"
  | "quarantine"
  | "audit"
  | "doctor"
  | "plugins"
  | "run"
  | "worker"
  | "coordinator"
  | "split"
  | "runs"
  | "token"
  | "task"
  | "cluster"
  | "bisect-order"
  | "trends-bisect"
  | "report";

/**
 * One setting, once: its flag, its `SHARDWRIGHT_…` variable and its key in the configuration file are all made from this entry.
 * `kind` says how text from a flag or a variable becomes a value; `schema` then checks it wherever it came from. A switch with a `value`
 * may be given one in place of yes and no.
 */
export interface Setting {
  readonly kind: "text" | "number" | "switch" | "list" | "json";
  readonly schema: z.ZodType;
  readonly describe: string;
  /** What stands in the help for the value: `<url>`. */
  readonly value?: string;
  readonly default?: string | number | boolean;
  readonly commands: readonly CommandName[];
  readonly short?: string;
}

/** An empty one is no choice but a variable that was not set where the flag was put together. */
export const list = <Item extends z.ZodType>(item: Item) => z.array(item).min(1, "name at least one, or leave it out").max(1000);
export const text = z.string().min(1).max(4096);

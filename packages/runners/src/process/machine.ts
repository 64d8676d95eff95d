import type { Failure } from "@shardwright/core";
import type { z } from "zod";
import type { ChildOptions } from "./child.ts";
import { GlobalSetup } from "./global-setup.ts";
import type { Shared } from "./shares.ts";
import { Turns } from "./turns.ts";

/** What the sessions of one suite have in common, in one run and one process. */
export class Machine<SetUp> implements Shared {
  readonly setup: GlobalSetup<SetUp>;
  /** Of files that must not run beside each other. */
  readonly turns = new Turns(1);

  /** @param command of the process that sets up for all files @param schema of what it has set up @param after what has to end before that */
  constructor(command: Omit<ChildOptions, "onOutput" | "channel">, schema: z.ZodType<SetUp>, after: Promise<unknown>) {
    this.setup = new GlobalSetup(command, schema, after);
  }

  close(): Promise<Failure | undefined> {
    return this.setup.close();
  }
}

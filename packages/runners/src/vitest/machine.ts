import type { Failure } from "@shardwright/core";
import { sharedEnvironment } from "../process/shared-environment.ts";
import { Turns } from "../process/turns.ts";
import { z } from "zod";
import { GlobalSetup } from "../process/global-setup.ts";
import type { HostConfiguration, SetUp } from "./host/load-vitest.ts";
import { hostCommand } from "./listing.ts";

const setUpSchema: z.ZodType<SetUp> = z.strictObject({
  environment: z.record(z.string(), z.string().nullable()),
  provided: z.base64(),
});

/** What the sessions of one suite, in one run and one process, have in common. */
export class Machine {
  static readonly #machines = new Map<string, Machine>();

  readonly setup: GlobalSetup<SetUp>;
  /** Of files that must not run beside each other. */
  readonly turns = new Turns(1);
  readonly #key: string;
  #members = 0;

  private constructor(key: string, configuration: HostConfiguration, environment: Readonly<Record<string, string>>) {
    this.#key = key;
    this.setup = new GlobalSetup(hostCommand({ ...configuration, mode: "setup" }, environment), setUpSchema);
  }

  /** One more session. Each is to leave. */
  static join(configuration: HostConfiguration, environment: Readonly<Record<string, string>>): Machine {
    const shared = sharedEnvironment(environment);
    const key = JSON.stringify([environment["SHARDWRIGHT_RUN_ID"], configuration, shared]);
    const machine = Machine.#machines.get(key) ?? new Machine(key, configuration, shared);
    Machine.#machines.set(key, machine);
    machine.#members += 1;
    return machine;
  }

  /** @returns what could not be torn down, if this was the last session */
  async leave(): Promise<Failure | undefined> {
    this.#members -= 1;
    if (this.#members > 0) return undefined;
    Machine.#machines.delete(this.#key);
    return this.setup.close();
  }
}

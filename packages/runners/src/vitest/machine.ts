import type { Failure } from "@shardwright/core";
import { z } from "zod";
import { GlobalSetup } from "../process/global-setup.ts";
import { sharedEnvironment } from "../process/shared-environment.ts";
import { type Share, Shares } from "../process/shares.ts";
import { Turns } from "../process/turns.ts";
import type { HostConfiguration, SetUp } from "./host/load-vitest.ts";
import { hostCommand } from "./listing.ts";

const setUpSchema: z.ZodType<SetUp> = z.strictObject({
  environment: z.record(z.string(), z.string().nullable()),
  provided: z.base64(),
});

const machines = new Shares<Machine>();

/** What the sessions of one suite have in common. */
export class Machine {
  readonly setup: GlobalSetup<SetUp>;
  /** Of files that must not run beside each other. */
  readonly turns = new Turns(1);

  private constructor(configuration: HostConfiguration, environment: Readonly<Record<string, string>>) {
    const command = hostCommand({ ...configuration, mode: "setup" }, sharedEnvironment(environment));
    this.setup = new GlobalSetup(command, setUpSchema);
  }

  static join(configuration: HostConfiguration, environment: Readonly<Record<string, string>>): Share<Machine> {
    return machines.join(environment, configuration, () => new Machine(configuration, environment));
  }

  close(): Promise<Failure | undefined> {
    return this.setup.close();
  }
}

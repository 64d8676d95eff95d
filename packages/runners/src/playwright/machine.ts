import { randomUUID } from "node:crypto";
import type { Failure } from "@shardwright/core";
import { type Share, Shares } from "../process/shares.ts";
import { Turns } from "../process/turns.ts";
import { MachineSetup, type MachineSetupOptions } from "./machine-setup.ts";
import { OutputFolders } from "./output-folders.ts";
import type { PlannedProject } from "./plan.ts";

const machines = new Shares<Machine>();

/** What the sessions of one suite have in common. */
export class Machine {
  readonly setup: MachineSetup;
  readonly outputs: OutputFolders;
  readonly #turns = new Map<string, Turns>();

  private constructor(options: MachineSetupOptions, after: Promise<unknown>) {
    this.setup = new MachineSetup(options, after);
    this.outputs = new OutputFolders(options.command.environment["SHARDWRIGHT_RUN_ID"] ?? randomUUID());
  }

  static join(options: MachineSetupOptions): Share<Machine> {
    const { args, cwd, environment } = options.command;
    // A session that was opened before the files were listed does not know that blobs are wanted.
    return machines.join(environment, [args, cwd, options.keepsBlobs], (after) => new Machine(options, after));
  }

  /** Waits until one more file of a project may run, where the configuration says how many may at once. The function it brings ends that. */
  async turnOf({ id, workers }: PlannedProject): Promise<() => void> {
    if (workers === undefined) return () => {};
    const turns = this.#turns.get(id) ?? new Turns(workers);
    this.#turns.set(id, turns);
    return turns.take();
  }

  close(): Promise<Failure | undefined> {
    return this.setup.close();
  }
}

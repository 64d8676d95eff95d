import { randomUUID } from "node:crypto";
import type { Failure } from "@shardwright/core";
import { Turns } from "../process/turns.ts";
import { MachineSetup, type MachineSetupOptions } from "./machine-setup.ts";
import { OutputFolders } from "./output-folders.ts";
import type { PlannedProject } from "./plan.ts";

/** What the sessions of one suite, in one run and on one machine, have in common. */
export class Machine {
  static readonly #machines = new Map<string, Machine>();

  readonly setup: MachineSetup;
  readonly outputs: OutputFolders;
  readonly #key: string;
  readonly #turns = new Map<string, Turns>();
  #members = 0;

  private constructor(key: string, options: MachineSetupOptions) {
    this.#key = key;
    this.setup = new MachineSetup(options);
    this.outputs = new OutputFolders(options.command.environment["SHARDWRIGHT_RUN_ID"] ?? randomUUID());
  }

  /** One more session. Each is to leave. */
  static join(options: MachineSetupOptions): Machine {
    const { args, cwd, environment } = options.command;
    const key = JSON.stringify([args, cwd, Object.entries(environment).filter(isShared).sort(byName)]);
    const machine = Machine.#machines.get(key) ?? new Machine(key, options);
    Machine.#machines.set(key, machine);
    machine.#members += 1;
    return machine;
  }

  /** Waits until one more file of a project may run, where the configuration says how many may at once. The function it brings ends that. */
  async turnOf({ id, workers }: PlannedProject): Promise<() => void> {
    if (workers === undefined) return () => {};
    const turns = this.#turns.get(id) ?? new Turns(workers);
    this.#turns.set(id, turns);
    return turns.take();
  }

  /** @returns what the last one found when it cleared up */
  async leave(): Promise<Failure | undefined> {
    this.#members -= 1;
    if (this.#members > 0) return undefined;
    Machine.#machines.delete(this.#key);
    return this.setup.close();
  }
}

/** What differs from slot to slot of one machine. */
function isShared([name]: readonly [string, string]): boolean {
  return name !== "SHARDWRIGHT_SLOT" && name !== "SHARDWRIGHT_WORKER";
}

function byName([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return left < right ? -1 : 1;
}

import { Client, History, Reader } from "./clients.ts";
import type { Machine, MachineKind } from "./machine.ts";
import { Registers, registers } from "./register.ts";
import type { Place, Usage } from "./usage.ts";

/** Clients that write and read registers, each through a session, and one who asks everybody that claims to lead. */
export class RegisterUsage implements Usage {
  readonly kind: MachineKind;
  readonly #history = new History();
  readonly #clients: number;

  constructor(clients: number) {
    this.#clients = clients;
    const hook = (machine: Machine): Machine => {
      if (machine instanceof Registers) machine.onEffect = (operation, index) => this.#history.takesEffect(operation, index);
      return machine;
    };
    this.kind = { empty: () => hook(registers.empty()), restored: (saved) => hook(registers.restored(saved)) };
  }

  get acknowledged(): number {
    return this.#history.acknowledged;
  }

  get reads(): number {
    return this.#history.reads;
  }

  begin({ timeline, network, nodes, random }: Place): ReturnType<Usage["begin"]> {
    const customers = Array.from({ length: this.#clients }, (_, at) => {
      return new Client(`c${at + 1}`, { timeline, network, nodes, random: random(`client ${at + 1}`) }, this.#history);
    });
    const reader = new Reader({ timeline, network, nodes, random: random("reader") }, this.#history);
    return { customers, others: [reader] };
  }
}

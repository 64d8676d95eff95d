import type { NodeId } from "../src/types.ts";
import type { Checks } from "./checks.ts";
import type { MachineKind } from "./machine.ts";
import type { Network } from "./network.ts";
import type { SimNode } from "./node.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** What those who use a cluster find. */
export interface Place {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly nodes: ReadonlyMap<NodeId, SimNode>;
  readonly checks: Checks;
  /** A stream of chance of somebody's own. */
  readonly random: (stream: string) => Random;
  /** Something is wrong that must never be, told from where nobody catches it. */
  readonly broke: (error: unknown) => void;
}

/** Somebody who asks a cluster for one thing after the other. */
export interface Customer {
  readonly id: string;
  /** How often it got what it asked for. */
  readonly done: number;
  isStopped: boolean;
}

/** What a simulated cluster is for: its tables, and who uses them. */
export interface Usage {
  readonly kind: MachineKind;
  readonly acknowledged: number;
  readonly reads: number;
  /** How long something may still happen when nobody asks for anything any more; two seconds when absent. */
  readonly quiet_ms?: number;
  /**
   * Called once, when all nodes have been started.
   * @returns who has to be served when nothing fails any more, and who else is to be stopped in the end
   */
  begin(place: Place): { readonly customers: readonly Customer[]; readonly others: readonly Customer[] };
  /** All is quiet: looks at the nodes that should have everything. @throws Violation */
  end?(nodes: readonly SimNode[]): void;
  close?(): void;
}

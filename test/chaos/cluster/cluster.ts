import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ClusterStatus } from "@shardwright/core";
import { mount, unmount } from "../../mounted-disk.ts";
import { freePort, until } from "../../processes.ts";
import { Acknowledged } from "./acknowledged.ts";
import { authorization, Member } from "./member.ts";
import { Namespaces, namespacePort } from "./namespaces.ts";
import { clients, Network } from "./network.ts";
import { CoordinatorProxy } from "./proxy.ts";

const names = ["a", "b", "c"] as const;
/** Holds the state of a round several times over. */
const disk_bytes = 64 * 1024 * 1024;

export interface ClusterOptions {
  readonly directory: string;
  /** Which one has a disk that can be filled. */
  readonly withSmallDisk?: number | undefined;
  /** What parts them: `proxies` on the loopback device when absent, or a network namespace for each. */
  readonly network?: ClusterNetwork | undefined;
  /** It begins as the version that was before this one. */
  readonly isFormer?: boolean;
  /** Which one votes without tables. */
  readonly witness?: number | undefined;
}

export type ClusterNetwork = "proxies" | "namespaces";

/** Three coordinators in processes of their own, and the network between them. */
export class ChaosCluster {
  readonly network = new Network();
  readonly acknowledged = new Acknowledged();
  readonly members: Member[] = [];
  readonly #proxies: CoordinatorProxy[] = [];
  #disk: string | undefined;
  #namespaces: Namespaces | undefined;

  /** Resolves when all three vote. */
  static async start(options: ClusterOptions): Promise<ChaosCluster> {
    const cluster = new ChaosCluster();
    try {
      await cluster.#begin(options);
      return cluster;
    } catch (error) {
      const said = cluster.members.map(({ name, output }) => `${name}: ${output}`).join("\n");
      await cluster.end();
      throw new Error(`no cluster came about: ${error instanceof Error ? error.message : String(error)}; ${said}`, {
        cause: error,
      });
    }
  }

  async #begin({ directory, withSmallDisk, network, isFormer = false, witness }: ClusterOptions): Promise<void> {
    if (network === "namespaces") {
      const namespaces = Namespaces.make(names);
      this.#namespaces = namespaces;
      this.network.onChange = (from, to, state) => from !== clients && namespaces.set(from, to, state);
    }
    const reports = join(directory, "outputs");
    mkdirSync(reports, { recursive: true });
    for (const [index, name] of names.entries()) {
      if (index === withSmallDisk) this.#disk = mount(disk_bytes);
      const host = this.#namespaces?.addressOf(name) ?? "127.0.0.1";
      const port = this.#namespaces === undefined ? await freePort() : namespacePort;
      const place = this.#namespaces === undefined ? undefined : { host, within: this.#namespaces.within(name) };
      const on = this.#namespaces?.gateway;
      const proxy = await CoordinatorProxy.start(name, { host, port }, this.network, this.acknowledged, on);
      this.#proxies.push(proxy);
      const disk = (index === withSmallDisk ? this.#disk : undefined) ?? join(directory, name);
      const isWitness = index === witness;
      this.members.push(new Member({ name, port, address: proxy.address, place, directory: disk, reports, isWitness }));
    }
    this.#namespaces?.leadClients(new Map(this.#proxies.map(({ port }, index) => [names[index] ?? "", port])));
    for (const member of this.members) member.isFormer = isFormer;
    const first = this.members.find(({ isWitness }) => !isWitness);
    first?.start([]);
    for (const other of this.members) if (other !== first) other.start([first?.peerAddress ?? ""]);
    await this.settled(30_000);
  }

  /** What everybody is told: in any order, the same three. */
  get addresses(): readonly string[] {
    return this.members.map(({ address }) => address);
  }

  /** What workers and runs are begun with. */
  get withinClients(): readonly string[] {
    return this.#namespaces?.within(clients) ?? [];
  }

  /** Those that have tables. */
  get holders(): readonly Member[] {
    return this.members.filter(({ isWitness }) => !isWitness);
  }

  get smallDisk(): string | undefined {
    return this.#disk;
  }

  restart(member: Member): void {
    member.start(this.members.flatMap((each) => (each === member ? [] : [each.peerAddress])));
  }

  async leader(): Promise<Member | undefined> {
    const statuses = await Promise.all(this.members.map((member) => member.status()));
    return this.members[leading(statuses)];
  }

  /** Whether exactly the three that run now vote, as all of them know. */
  async isWhole(): Promise<boolean> {
    return areWhole(await Promise.all(this.members.map((member) => member.status())));
  }

  /** Resolves when exactly the three that run now vote, one of them leads, and all of them have applied the same. */
  async settled(limit_ms: number): Promise<void> {
    let last: (ClusterStatus | undefined)[] = [];
    const isSettled = async (): Promise<boolean> => {
      last = await Promise.all(this.members.map((member) => member.status()));
      const position = last.find((_, at) => this.members[at]?.isWitness === false)?.position;
      const places = new Set(
        last.map((status, at) => {
          const isWitness = this.members[at]?.isWitness === true;
          return JSON.stringify([status?.applied, status?.commit, status?.last, isWitness ? position : status?.position]);
        }),
      );
      return areWhole(last) && leading(last) !== -1 && places.size === 1 && last[0]?.applied === last[0]?.last;
    };
    await until("three equal coordinators that vote", isSettled, limit_ms).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : String(error)}: ${JSON.stringify(last)}`);
    });
    // Facts wait a moment to be written together; whoever reads makes that happen.
    await Promise.all(this.members.map((member) => member.ask("/api/v1/runs", 15_000)));
  }

  /** Asks whichever coordinator answers, as an operator would, until it is done. @throws Error with the last refusal */
  async operate(method: string, path: string, json?: object, tries = 20): Promise<void> {
    let refusal = "";
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const address = this.addresses[attempt % this.addresses.length] ?? "";
      try {
        const answer = await fetch(`${address}${path}`, {
          method,
          headers: { authorization, "content-type": "application/json" },
          signal: AbortSignal.timeout(5000),
          ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        });
        if (answer.ok || answer.status === 404) return;
        refusal = await answer.text();
      } catch (error) {
        refusal = String(error);
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    throw new Error(`${method} ${path} was refused: ${refusal}`);
  }

  async killAll(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
  }

  async end(): Promise<void> {
    await this.killAll();
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    this.#namespaces?.end();
    this.#namespaces = undefined;
    if (this.#disk === undefined) return;
    unmount(this.#disk);
    this.#disk = undefined;
  }
}

function areWhole(statuses: readonly (ClusterStatus | undefined)[]): boolean {
  const ids = statuses.map((status) => status?.id ?? "").toSorted();
  return statuses.every((status) => {
    const voters = status?.members.flatMap(({ id, role }) => (role === "learner" ? [] : [id])) ?? [];
    return status?.members.length === names.length && JSON.stringify(voters.toSorted()) === JSON.stringify(ids);
  });
}

/** Index of the one that leads in the highest term of all that answer; -1 for nobody. */
export function leading(statuses: readonly (ClusterStatus | undefined)[]): number {
  const term = Math.max(...statuses.map((status) => status?.term ?? 0));
  return statuses.findIndex((status) => status?.role === "leader" && status.term === term);
}

import { execFileSync } from "node:child_process";
import { clients, type LinkState } from "./network.ts";

/** Where each member listens, in a network of its own. */
export const namespacePort = 7070;

/**
 * A network namespace for each member, and one for workers and runs, all on one bridge that nobody else is on: real interfaces, real packets,
 * and a packet filter in each that takes or refuses what comes from one of the others. Needs Linux, root, `ip` and `nft`.
 */
export class Namespaces {
  readonly #names: readonly string[];
  /** Of this process: several may have namespaces at a time. */
  readonly #prefix = `s${process.pid}`;
  readonly #subnet = `10.213.${process.pid % 250}`;
  /** What each does not take, by the member it comes from. */
  readonly #rules = new Map<string, Map<string, Exclude<LinkState, "open">>>();

  private constructor(members: readonly string[]) {
    this.#names = [...members, clients];
  }

  /** @throws Error that says what this machine does not allow */
  static make(members: readonly string[]): Namespaces {
    const namespaces = new Namespaces(members);
    try {
      namespaces.#make();
      return namespaces;
    } catch (error) {
      namespaces.end();
      const said = (error as { stderr?: Buffer }).stderr?.toString("utf8").trim();
      throw new Error(`no network namespaces can be made here: ${said === undefined || said === "" ? String(error) : said}`, {
        cause: error,
      });
    }
  }

  /** What a command is begun with to run where a member is. */
  within(name: string): readonly string[] {
    return ["ip", "netns", "exec", this.#of(name)];
  }

  addressOf(name: string): string {
    return `${this.#subnet}.${this.#names.indexOf(name) + 2}`;
  }

  /** This machine's own, where proxies listen for workers and runs. */
  get gateway(): string {
    return `${this.#subnet}.1`;
  }

  /** Has workers and runs reach members through their proxies, also where they learn a member's own address. */
  leadClients(ports: ReadonlyMap<string, number>): void {
    const rules = [...ports].map(
      ([name, port]) => `ip daddr ${this.addressOf(name)} tcp dport ${namespacePort} dnat to ${this.gateway}:${port}`,
    );
    const chain = ["chain output {", "type nat hook output priority -100; policy accept;", ...rules, "}"];
    this.#filter(clients, ["table ip proxies {", ...chain, "}", ""].join("\n"));
  }

  /** What packets of one become at another; those that go the other way come through as before. */
  set(from: string, to: string, state: LinkState): void {
    const rules = this.#rules.get(to) ?? new Map<string, Exclude<LinkState, "open">>();
    this.#rules.set(to, rules);
    if (state === "open") rules.delete(from);
    else rules.set(from, state);
    const lines = [...rules].map(([each, how]) =>
      how === "stalled"
        ? `ip saddr ${this.addressOf(each)} drop`
        : `ip saddr ${this.addressOf(each)} meta l4proto tcp reject with tcp reset`,
    );
    const chain = ["chain input {", "type filter hook input priority 0; policy accept;", ...lines, "}"];
    this.#filter(to, ["add table inet chaos", "delete table inet chaos", "table inet chaos {", ...chain, "}", ""].join("\n"));
  }

  end(): void {
    for (const name of this.#names) this.#try("netns", "del", this.#of(name));
    this.#try("link", "del", this.#prefix);
  }

  #make(): void {
    ip("link", "add", this.#prefix, "type", "bridge");
    ip("addr", "add", `${this.gateway}/24`, "dev", this.#prefix);
    ip("link", "set", this.#prefix, "up");
    for (const [number, name] of this.#names.entries()) {
      const [namespace, outside] = [this.#of(name), `${this.#prefix}v${number}`];
      ip("netns", "add", namespace);
      ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", namespace);
      ip("link", "set", outside, "master", this.#prefix);
      ip("link", "set", outside, "up");
      ip("-n", namespace, "addr", "add", `${this.addressOf(name)}/24`, "dev", "eth0");
      for (const device of ["lo", "eth0"]) ip("-n", namespace, "link", "set", device, "up");
    }
    // What cannot be filtered would never be cut off.
    const [first = "", second = ""] = this.#names;
    for (const state of ["cut", "stalled", "open"] as const) this.set(first, second, state);
  }

  #of(name: string): string {
    return `shardwright-${process.pid}-${name}`;
  }

  #filter(name: string, rules: string): void {
    const [command = "", ...args] = this.within(name);
    execFileSync(command, [...args, "nft", "-f", "-"], { input: rules, stdio: ["pipe", "ignore", "pipe"] });
  }

  #try(...args: string[]): void {
    try {
      ip(...args);
    } catch {
      // It was never made.
    }
  }
}

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: "pipe" });
}

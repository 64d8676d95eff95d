import { readAddress, type Address } from "./addresses.ts";

/**
 * Which of several coordinators is asked first: `ordered`, always the first that answers, in the order given; `random`, one by chance and
 * then around; `leader`, the one that answers name as the leader.
 */
export type FailoverStrategy = "ordered" | "random" | "leader";

export interface RouteOptions {
  readonly addresses: readonly Address[];
  readonly strategy: FailoverStrategy;
  /** From 0 up to, not including, 1. */
  readonly random?: () => number;
  /** A clock that only goes forward. */
  readonly now_ms?: () => number;
}

interface Place {
  readonly address: Address;
  readonly isListed: boolean;
  /** Failures in a row; 0 while it is not known to fail. */
  failures: number;
  /** It is not looked at again before this. */
  rest_until_ms: number;
  isProbed: boolean;
}

/** Leaders outside the list that are remembered at a time. */
const outsideLimit = 8;
/** The first and the longest time before an address that failed is looked at again. */
const firstRest_ms = 1000;
const longestRest_ms = 15_000;

/**
 * Decides where calls go, from what became of those before. Opens no connection itself: it is told of answers and failures, and names an
 * address that should be probed. An address is returned to only once a probe was answered, so that no call waits for one that is dead.
 */
export class Route {
  readonly #strategy: FailoverStrategy;
  readonly #listed: readonly Place[];
  readonly #outside = new Map<string, Place>();
  readonly #random: () => number;
  readonly #now_ms: () => number;
  /** Asked first, unless it fails. */
  #preferred: Place;
  /** The leader by the latest answer, while it has not been reached. */
  #candidate: Place | undefined;

  constructor({ addresses, strategy, random = Math.random, now_ms = () => performance.now() }: RouteOptions) {
    this.#strategy = strategy;
    this.#random = random;
    this.#now_ms = now_ms;
    this.#listed = addresses.map((address) => placeOf(address, true));
    const first = strategy === "random" ? Math.floor(random() * addresses.length) : 0;
    this.#preferred = this.#listed[first] as Place;
  }

  /** Every address of the list, and the leader where it is none of them, in the order to ask; those that failed lately come last. */
  order(): Address[] {
    const start = this.#strategy === "ordered" ? 0 : Math.max(0, this.#listed.indexOf(this.#preferred));
    const around = [...this.#listed.slice(start), ...this.#listed.slice(0, start)];
    const places = this.#preferred.isListed ? around : [this.#preferred, ...around];
    const isUp = ({ failures }: Place) => failures === 0;
    return [...places.filter(isUp), ...places.filter((place) => !isUp(place))].map(({ address }) => address);
  }

  /**
   * An answer came that stands.
   * @param leader what it named as the leader's address, if anything
   */
  answered(address: Address, leader: string | undefined): void {
    const place = this.#find(address);
    if (place === undefined) return;
    place.failures = 0;
    if (this.#candidate === place) this.#candidate = undefined;
    // A late answer of one that was asked before is no reason to leave the preferred one.
    if (this.#preferred.failures > 0) this.#preferred = place;
    this.hinted(leader);
  }

  /**
   * An answer, of whatever kind, named the leader. A leader outside the list is followed only where that cannot weaken what protects the
   * token: if the list has an https address, only to another https address, for the token would travel in the clear to an http one, and
   * whoever can name an address could so read it. With http alone, the token travels in the clear already. An https address is believed
   * because it came over a connection whose certificate was checked.
   */
  hinted(leader: string | undefined): void {
    if (this.#strategy !== "leader" || leader === undefined) return;
    const address = readAddress(leader.trim());
    if (address === undefined) return;
    const place = this.#find(address) ?? this.#outsideAt(address);
    if (place === undefined) return;
    if (place === this.#preferred) this.#candidate = undefined;
    else if (place.isListed && place.failures === 0) {
      this.#preferred = place;
      this.#candidate = undefined;
    } else this.#candidate = place;
  }

  /** No answer came, or only that it cannot now. */
  failed(address: Address): void {
    const place = this.#find(address);
    if (place === undefined) return;
    place.failures += 1;
    // The upper half by chance, so that many clients do not look at the same moment.
    const rest_ms = Math.min(longestRest_ms, firstRest_ms * 2 ** Math.min(place.failures - 1, 10));
    place.rest_until_ms = this.#now_ms() + rest_ms * (1 - this.#random() / 2);
  }

  /** An address that would be gone to if it answered, at most once in its time of rest; say with `probed` what came of it. */
  toProbe(): Address | undefined {
    const place = this.#worthProbing();
    if (place === undefined || place.isProbed || this.#now_ms() < place.rest_until_ms) return undefined;
    place.isProbed = true;
    return place.address;
  }

  probed(address: Address, answers: boolean): void {
    const place = this.#find(address);
    if (place === undefined) return;
    place.isProbed = false;
    if (!answers) return this.failed(address);
    place.failures = 0;
    if (this.#candidate !== place) return;
    this.#candidate = undefined;
    this.#preferred = place;
  }

  #worthProbing(): Place | undefined {
    if (this.#candidate !== undefined) return this.#candidate;
    if (this.#strategy !== "ordered") return undefined;
    const first = this.#listed.find(({ failures, isProbed, rest_until_ms }) => {
      return failures === 0 || (!isProbed && this.#now_ms() >= rest_until_ms);
    });
    return first?.failures === 0 ? undefined : first;
  }

  #find({ text }: Address): Place | undefined {
    return this.#listed.find(({ address }) => address.text === text) ?? this.#outside.get(text);
  }

  #outsideAt(address: Address): Place | undefined {
    const needsTls = this.#listed.some((place) => place.address.origin.startsWith("https:"));
    if (needsTls && !address.origin.startsWith("https:")) return undefined;
    if (this.#outside.size >= outsideLimit) {
      const oldest = [...this.#outside].find(([, place]) => place !== this.#preferred);
      if (oldest !== undefined) this.#outside.delete(oldest[0]);
    }
    const place = placeOf(address, false);
    this.#outside.set(address.text, place);
    return place;
  }
}

function placeOf(address: Address, isListed: boolean): Place {
  return { address, isListed, failures: 0, rest_until_ms: 0, isProbed: false };
}

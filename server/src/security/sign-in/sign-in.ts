import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock } from "../../clock.ts";
import { type Begun, type Kept, begunSchema, keptSchema, signInLimit_ms } from "./begun-cookie.ts";
import { type Person, type SignInGrant, chooseGrant, personOf } from "./choose-grant.ts";
import type { SignInOptions } from "./options.ts";
import { Provider } from "./provider.ts";
import { callback } from "./registration.ts";
import { Seal } from "./seal.ts";

/** Sign-ins for which the provider is asked at the same time; one that does not answer holds each for some seconds. */
const asking_limit = 32;
/** Characters of a cookie that browsers keep: 4,096 with its name and what is said of it. */
const keptLimit = 3500;

interface SignInParts {
  readonly options: SignInOptions;
  readonly clock: Clock;
  readonly log: Logger;
  readonly adminToken: string;
}

/** What was begun, for the browser to keep. */
export interface BegunSignIn {
  /** Where the browser has to go. */
  readonly url: string;
  readonly sealed: string;
  /** Of the dashboard. */
  readonly address: URL;
}

/** Who came back, and what they may do. */
export interface SignedIn {
  readonly person: Person;
  readonly grant: SignInGrant;
  readonly lifetime_ms: number;
  readonly address: URL;
  /** Where they wanted to go. */
  readonly to: URL;
  /** For the browser to keep until they sign out; absent where the provider is not told of that. */
  readonly kept: string | undefined;
}

/** Lets people sign in to the dashboard by what an identity provider says of them. */
export class SignIn {
  readonly #parts: SignInParts;
  readonly #provider: Provider;
  readonly #begun: Seal<Begun>;
  readonly #kept: Seal<Kept>;
  #asking = 0;

  constructor(parts: SignInParts) {
    this.#parts = parts;
    this.#provider = new Provider(parts.options, parts.clock);
    this.#begun = new Seal(parts.adminToken, "a sign-in that was begun", begunSchema);
    this.#kept = new Seal(parts.adminToken, "who signed in by way of a provider", keptSchema);
  }

  /** What people call it. */
  get provider(): string {
    return this.#parts.options.name;
  }

  get options(): SignInOptions {
    return this.#parts.options;
  }

  /**
   * @param address of the dashboard, as the browser has it
   * @param returnTo what is to be shown afterwards, below that address
   * @param isAnother whether another account is wanted than the one that the provider knows
   * @throws ShardwrightError `sign-in-address`, `bad-request`, `sign-in-unreachable`, `sign-in-invalid`, `sign-in-busy`
   */
  async begin(address: string, returnTo: string, isAnother = false): Promise<BegunSignIn> {
    const known = this.#knownAddress(address);
    const to = pageBelow(known, returnTo);
    const challenge = Provider.newChallenge(new URL(callback, known).href);
    const url = await this.#whileFree(() => this.#provider.address(challenge, isAnother));
    const { state, nonce, verifier } = challenge;
    const begun: Begun = { state, nonce, verifier, address: known.href, to: to.href };
    return { url, sealed: await this.#begun.seal(begun, this.#parts.clock.now_ms() + signInLimit_ms), address: known };
  }

  /**
   * @param answer what the browser brought from the provider
   * @param sealed what it was given to keep when the sign-in was begun
   * @throws ShardwrightError `sign-in-stale`, `sign-in-refused`, `sign-in-outside`, `sign-in-unreachable`, `sign-in-invalid`, `sign-in-busy`
   */
  async finish(answer: URLSearchParams, sealed: string | undefined): Promise<SignedIn> {
    const { options, clock } = this.#parts;
    const begun = sealed === undefined ? undefined : await this.#begun.open(sealed, clock.now_ms());
    // Before anything else is looked at: what was not begun in this browser shows it nothing, and asks nobody.
    const isBegun = begun !== undefined && answer.get("state") === begun.state && options.addresses.includes(begun.address);
    if (!isBegun) throw new ShardwrightError("sign-in-stale", { limit_minutes: signInLimit_ms / 60_000 });
    const address = new URL(begun.address);
    const challenge = { ...begun, redirectUri: new URL(callback, address).href };
    const { claims, idToken } = await this.#whileFree(() => this.#provider.claims(answer, challenge));
    const person = personOf(options, claims);
    const grant = chooseGrant(options, claims);
    if (grant === undefined)
      throw new ShardwrightError("sign-in-outside", { provider: options.name, ...person, address: begun.address });
    const lifetime_ms = Math.round(options.session_hours * 3_600_000);
    const kept = await this.#keep(address, idToken, clock.now_ms() + lifetime_ms);
    return { person, grant, lifetime_ms, address, to: new URL(begun.to), kept };
  }

  /**
   * Where the browser has to go so that the provider ends its session as well, and comes back from.
   * @param kept what it was given when it was signed in
   * @returns undefined where that is not wanted, and where the provider has no such place or cannot be asked: signed out here they are anyway
   */
  async signOutAt(kept: string | undefined): Promise<{ readonly url: string; readonly address: URL } | undefined> {
    const { options, clock } = this.#parts;
    const known = kept === undefined ? undefined : await this.#kept.open(kept, clock.now_ms());
    if (known === undefined || options.sign_out === "here" || !options.addresses.includes(known.address)) return undefined;
    const asked = this.#whileFree(() => this.#provider.signOutAddress(known.address, known.id_token));
    const url = await asked.catch(() => undefined);
    return url === undefined ? undefined : { url, address: new URL(known.address) };
  }

  async #keep(address: URL, id_token: string, until_ms: number): Promise<string | undefined> {
    if (this.#parts.options.sign_out === "here") return undefined;
    const whole = await this.#kept.seal({ address: address.href, id_token }, until_ms);
    return whole.length <= keptLimit ? whole : await this.#kept.seal({ address: address.href }, until_ms);
  }

  #knownAddress(given: string): URL {
    const { addresses } = this.#parts.options;
    const known = URL.canParse(given) ? addresses.find((each) => each === new URL(given).href) : undefined;
    if (known !== undefined) return new URL(known);
    const redirect = URL.canParse(callback, given) ? new URL(callback, given).href : callback;
    throw new ShardwrightError("sign-in-address", { address: given, known: addresses.join(" or "), redirect });
  }

  async #whileFree<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#asking >= asking_limit) throw new ShardwrightError("sign-in-busy");
    this.#asking += 1;
    try {
      return await ask();
    } catch (error) {
      // Whoever looks after the coordinator has to see to it; it says nothing of who signed in.
      this.#parts.log.warn({ reason: reasonOf(error), issuer: this.#parts.options.issuer }, "a sign-in came to nothing");
      throw error;
    } finally {
      this.#asking -= 1;
    }
  }
}

/**
 * A page of the dashboard at `address`, and nothing else: whoever could choose where somebody comes out after signing in could show them a
 * page that only looks like this one.
 * @throws ShardwrightError `bad-request`
 */
function pageBelow(address: URL, path: string): URL {
  const to = URL.canParse(path, address.href) ? new URL(path, address) : undefined;
  const isPage =
    to?.origin === address.origin &&
    to.pathname.startsWith(address.pathname) &&
    !to.pathname.startsWith(`${address.pathname}api/`);
  if (to === undefined || !isPage)
    throw new ShardwrightError("bad-request", { problems: "body.return_to: it is no page of this dashboard" });
  return to;
}

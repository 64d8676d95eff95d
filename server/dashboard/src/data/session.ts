import type { BeginSignInAnswer, Scope, Session, SessionAnswer, SignOutAnswer } from "@shardwright/core";
import { base } from "../router/location.ts";
import { get, post, remove, whenUnauthenticated } from "./api.ts";
import { Store, useStore } from "./store.ts";

/** Who is signed in. `asking`: not known yet; `ended`: somebody was, and what the page shows is still theirs. */
export type SessionState =
  | { readonly is: "asking" }
  | { readonly is: "nobody" }
  | { readonly is: "signed-in"; readonly session: Session }
  | { readonly is: "ended"; readonly session: Session };

export const sessionStore = new Store<SessionState>({ is: "asking" });

/** By way of whom one may sign in without a token, as people call it. */
export const providerStore = new Store<string | undefined>(undefined);

/** The longest that browsers let a timer wait. */
const longestTimer_ms = 2 ** 31 - 1;
let expiry: ReturnType<typeof setTimeout> | undefined;

/** Asks who is signed in. @throws ApiError */
export async function askSession(): Promise<void> {
  const { session, provider } = await get<SessionAnswer>("session");
  providerStore.set(provider);
  if (session === undefined) sessionStore.set({ is: "nobody" });
  else begin(session);
}

/** Exchanges a token for a session. @throws ApiError */
export async function signIn(token: string): Promise<void> {
  begin(await post<Session>("session", { token }));
}

/** Goes to the identity provider, which sends the browser back to where it is now. @throws ApiError */
export async function beginSignIn(): Promise<void> {
  const address = location.origin + base;
  const return_to = location.href.startsWith(address) ? location.href.slice(address.length) : "";
  const { url } = await post<BeginSignInAnswer>("session/begin", { address, return_to });
  location.assign(url);
}

/** Signs out here, and goes to the identity provider to sign out there, where it says so. @throws ApiError */
export async function signOut(): Promise<void> {
  clearTimeout(expiry);
  try {
    const { url } = await remove<SignOutAnswer>("session");
    if (url !== undefined) location.assign(url);
  } finally {
    sessionStore.set({ is: "nobody" });
  }
}

whenUnauthenticated(sessionEnded);

function sessionEnded(): void {
  const now = sessionStore.value;
  if (now.is === "asking") sessionStore.set({ is: "nobody" });
  if (now.is === "signed-in") sessionStore.set({ is: "ended", session: now.session });
}

/** Does something whenever somebody signs in: what was refused before may be asked for again. @returns what ends that */
export function onSignedIn(action: () => void): () => void {
  return sessionStore.watch(() => {
    if (sessionStore.value.is === "signed-in") action();
  });
}

function begin(session: Session): void {
  clearTimeout(expiry);
  sessionStore.set({ is: "signed-in", session });
  // By how long it lasts, not by when it ends: this machine's clock may be wrong.
  if (session.expires_in_ms !== undefined) expiry = setTimeout(sessionEnded, Math.min(session.expires_in_ms, longestTimer_ms));
}

/** Who is signed in; pages are shown to nobody else. @public */
export function useSession(): Session {
  const state = useStore(sessionStore);
  if (state.is === "signed-in" || state.is === "ended") return state.session;
  throw new Error("no page is shown without a session");
}

const mayDo: Readonly<Record<Scope, readonly Scope[]>> = {
  admin: ["admin", "submit", "read"],
  submit: ["submit", "read"],
  job: ["submit", "read"],
  read: ["read"],
  worker: [],
};

/** Whether who is signed in may do what needs a scope. What they may not do is not offered; the coordinator would refuse it. */
export function useMay(needed: Scope): boolean {
  return mayDo[useSession().scope].includes(needed);
}

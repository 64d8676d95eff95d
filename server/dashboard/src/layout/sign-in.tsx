import { useEffect, useRef, useState } from "preact/hooks";
import { Trouble } from "../components/trouble.tsx";
import { beginSignIn, providerStore, signIn } from "../data/session.ts";
import { useStore } from "../data/store.ts";
import { useAction } from "../data/use-action.ts";

/** Asks for a token, or sends to the identity provider. Nothing is shown to whoever has neither. */
function SignInForm({ why }: { readonly why?: string }) {
  const provider = useStore(providerStore);
  return (
    <div class="sign-in">
      {why !== undefined && <p>{why}</p>}
      {provider !== undefined && <ProviderButton provider={provider} />}
      <TokenForm isSecond={provider !== undefined} />
    </div>
  );
}

/** Leaves the dashboard; what is shown is in the address, and comes back with it. */
function ProviderButton({ provider }: { readonly provider: string }) {
  const button = useRef<HTMLButtonElement>(null);
  const action = useAction(beginSignIn);
  useEffect(() => button.current?.focus(), []);
  return (
    <>
      <button type="button" ref={button} class="primary" disabled={action.isRunning} onClick={() => void action.run()}>
        {action.isRunning ? `Going to ${provider} …` : `Sign in with ${provider}`}
      </button>
      {action.error !== undefined && <Trouble error={action.error} />}
    </>
  );
}

function TokenForm({ isSecond }: { readonly isSecond: boolean }) {
  const [token, setToken] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const action = useAction(signIn);
  useEffect(() => (isSecond ? undefined : field.current?.focus()), []);
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== "") void action.run(token.trim());
      }}
    >
      {/* Password managers want a name to keep a token under. */}
      <input type="text" autocomplete="username" value="token" readOnly hidden />
      <label for="token">{isSecond ? "Or with a token" : "Token"}</label>
      <input
        id="token"
        ref={field}
        type="password"
        autocomplete="current-password"
        required
        maxLength={512}
        value={token}
        aria-describedby="token-help"
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <p id="token-help" class="help">
        Of the scope <code>read</code>, <code>submit</code>, <code>job</code> or <code>admin</code>:{" "}
        <code>shardwright token create --scope read</code> makes one. On the coordinator's own machine, the admin token is in{" "}
        <code>admin-token</code> in its state directory, unless it was given.
      </p>
      {action.error !== undefined && <Trouble error={action.error} />}
      <button type="submit" class={isSecond ? undefined : "primary"} disabled={action.isRunning}>
        {action.isRunning ? "Signing in …" : "Sign in"}
      </button>
    </form>
  );
}

/** The whole page, for those who have not signed in. What they wanted to see is in the address, and comes after it. */
export function SignInPage() {
  useEffect(() => {
    document.title = "Sign in · Shardwright";
  }, []);
  return (
    <main class="gate">
      <h1>Sign in to Shardwright</h1>
      <SignInForm />
    </main>
  );
}

/** Over the page of somebody whose session has ended: what they looked at is still there afterwards. */
export function SignInAgain() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="ended-title" onCancel={(event) => event.preventDefault()}>
      <h2 id="ended-title">Your session has ended</h2>
      <SignInForm why="It expired, its token was revoked, or it was signed out in another tab. Sign in again to go on where you were." />
    </dialog>
  );
}

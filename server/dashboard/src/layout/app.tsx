import { useEffect, useState } from "preact/hooks";
import { Trouble } from "../components/trouble.tsx";
import { Loading } from "../components/empty.tsx";
import type { ApiError } from "../data/api.ts";
import { askSession, sessionStore } from "../data/session.ts";
import { useStore } from "../data/store.ts";
import { asApiError, waitAfter } from "../data/use-get.ts";
import { Frame } from "./frame.tsx";
import { SignInAgain, SignInPage } from "./sign-in.tsx";

/** Lets in whoever is signed in. */
export function App() {
  const state = useStore(sessionStore);
  const error = useAskedSession();
  if (state.is === "nobody") return <SignInPage />;
  if (state.is === "asking")
    return (
      <main class="gate">
        <h1 class="unseen">Shardwright</h1>
        {error === undefined ? <Loading what="who you are" /> : <Trouble error={error} />}
      </main>
    );
  return (
    <>
      <Frame session={state.session} />
      {state.is === "ended" && <SignInAgain />}
    </>
  );
}

/** Asks who is signed in until somebody answers. @returns why nobody has */
function useAskedSession(): ApiError | undefined {
  const [error, setError] = useState<ApiError>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    const ask = (): void => {
      askSession().then(
        () => setError(undefined),
        (thrown: unknown) => {
          failures += 1;
          setError(asApiError(thrown));
          timer = setTimeout(ask, waitAfter(failures));
        },
      );
    };
    ask();
    return () => clearTimeout(timer);
  }, []);
  return error;
}

import type { Session } from "@shardwright/core";
import { LiveRegion } from "../components/say.tsx";
import { signOut, useMay } from "../data/session.ts";
import { useStore } from "../data/store.ts";
import { type PageDefinition, pages } from "../pages/pages.ts";
import { Link } from "../router/link.tsx";
import { usePlace } from "../router/location.ts";
import { matchPath } from "../router/match.ts";
import mark from "./mark.svg";
import { ShownPage } from "./shown-page.tsx";
import { type Theme, theme } from "./theme.ts";

/** What stands around every page: how to get to the others, who is signed in, and the colours. */
export function Frame({ session }: { readonly session: Session }) {
  const { path } = usePlace();
  const found = findPage(path);
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>
        Skip to the content
      </a>
      <header class="top">
        <div class="top-inner">
          <Link to="/" class="brand">
            <img src={mark} alt="" width="22" height="22" /> Shardwright
          </Link>
          <Navigation current={found?.page} />
          <ThemeChoice />
          <Who session={session} />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <ShownPage key={found?.page.path ?? "none"} page={found?.page} params={found?.params ?? {}} />
      </main>
      <LiveRegion />
    </>
  );
}

function findPage(path: string): { page: PageDefinition; params: Readonly<Record<string, string>> } | undefined {
  for (const page of pages) {
    const params = matchPath(page.path, path);
    if (params !== undefined) return { page, params };
  }
  return undefined;
}

/** A link to a part of the page would change its address, which says what is shown. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#content")?.focus();
}

function Navigation({ current }: { readonly current: PageDefinition | undefined }) {
  return (
    <nav class="sections" aria-label="Pages">
      <ul>
        {pages.map((page) => (
          <NavigationEntry key={page.path} page={page} isCurrent={page.path === (current?.below ?? current?.path)} />
        ))}
      </ul>
    </nav>
  );
}

function NavigationEntry({ page, isCurrent }: { readonly page: PageDefinition; readonly isCurrent: boolean }) {
  const may = useMay(page.needs ?? "read");
  if (page.nav === undefined || !may) return null;
  return (
    <li>
      <Link to={page.path} aria-current={isCurrent ? "page" : undefined}>
        {page.nav}
      </Link>
    </li>
  );
}

const themes: readonly (readonly [Theme, string])[] = [
  ["system", "Colours: system"],
  ["light", "Colours: light"],
  ["dark", "Colours: dark"],
];

function ThemeChoice() {
  return (
    <select
      class="quiet"
      aria-label="Colours"
      value={useStore(theme)}
      onChange={(event) => theme.set(event.currentTarget.value as Theme)}
    >
      {themes.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  );
}

function Who({ session }: { readonly session: Session }) {
  const only = session.project === undefined ? "" : `, project ${session.project}`;
  return (
    <div class="who">
      <span class="who-name" title={`Signed in as ${session.name} (${session.scope}${only})`}>
        {session.name} <small>{session.scope}</small>
      </span>
      <button type="button" class="quiet" onClick={() => void signOut().catch(() => undefined)}>
        Sign out
      </button>
    </div>
  );
}

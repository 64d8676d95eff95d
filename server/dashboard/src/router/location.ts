import { useEffect, useState } from "preact/hooks";

/** Where the dashboard is: `/`, or what a proxy has put before it, with a slash at its end. */
export const base: string = new URL(document.baseURI).pathname;

/** Where the reader is within the dashboard. All that a page shows by choice is in here, so that it can be linked to. */
export interface Place {
  /** Without the base: `/runs/r-1`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

const watchers = new Set<() => void>();
let place = read();

addEventListener("popstate", changed);

function read(): Place {
  const { pathname, search } = location;
  const inside = pathname.startsWith(base) ? pathname.slice(base.length) : "";
  return { path: `/${inside.replace(/\/+$/, "")}`, query: new URLSearchParams(search) };
}

function changed(): void {
  place = read();
  for (const watcher of watchers) watcher();
}

/** The address of a place within the dashboard, for an element's `href`. @param to `/runs/r-1?tab=log` */
export function hrefOf(to: string): string {
  return base + to.replace(/^\//, "");
}

/** Goes to a place within the dashboard. @param to `/runs/r-1?tab=log` */
export function navigate(to: string, { replace = false } = {}): void {
  history[replace ? "replaceState" : "pushState"](undefined, "", hrefOf(to));
  if (!replace) scrollTo(0, 0);
  changed();
}

export function usePlace(): Place {
  const [now, setNow] = useState(place);
  useEffect(() => {
    const watcher = () => setNow(place);
    watchers.add(watcher);
    watcher();
    return () => void watchers.delete(watcher);
  }, []);
  return now;
}

/** What is chosen on a page, by the names in its address. What is given as undefined or empty leaves the address. */
export function useQuery(): readonly [
  query: URLSearchParams,
  change: (values: Readonly<Record<string, string | undefined>>, options?: { readonly replace?: boolean }) => void,
] {
  const { query } = usePlace();
  return [query, changeQuery];
}

function changeQuery(values: Readonly<Record<string, string | undefined>>, { replace = true } = {}): void {
  const next = new URLSearchParams(place.query);
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === "") next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  const y = scrollY;
  navigate(`${place.path}${text === "" ? "" : `?${text}`}`, { replace });
  scrollTo(0, y);
}

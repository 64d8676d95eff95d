import { useQuery } from "../../router/location.ts";

/** Entries of a page. */
export const perPage = 50;

/** Which page of a list by offsets is shown, as the address has it. */
export function useOffset(): { readonly page: number; readonly offset: number; readonly turn: (page: number) => void } {
  const [query, change] = useQuery();
  const given = Number(query.get("offset") ?? 0);
  const page = Number.isSafeInteger(given) && given > 0 ? Math.floor(given / perPage) : 0;
  return {
    page,
    offset: page * perPage,
    turn: (to) => change({ offset: to === 0 ? undefined : String(to * perPage) }, { replace: false }),
  };
}

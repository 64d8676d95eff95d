import { useQuery } from "../router/location.ts";

interface CursorProps {
  /** What the answer has of where the next page begins. */
  readonly next: string | number | undefined;
  /** What is paged through. */
  readonly what: string;
  /** What the request calls where a page begins, and the address with it. */
  readonly by?: "before" | "after";
}

const words = { before: ["← Newest", "Older →"], after: ["← First", "Next →"] } as const;

/** Goes through a list of which each page says where the next one begins. Which page is shown is in the address. */
export function Cursor({ next, what, by = "before" }: CursorProps) {
  const [query, change] = useQuery();
  const isFirst = !query.has(by);
  if (isFirst && next === undefined) return null;
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      <button type="button" disabled={isFirst} onClick={() => change({ [by]: undefined })}>
        {words[by][0]}
      </button>
      <button type="button" disabled={next === undefined} onClick={() => change({ [by]: String(next) }, { replace: false })}>
        {words[by][1]}
      </button>
    </nav>
  );
}
